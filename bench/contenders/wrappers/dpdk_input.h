// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program gets that runs in DPDK. C and C++.
#pragma once

enum {
  kDpdkPacketSize = 1536,  // at most
  // What librte_bpf is told of the memory behind the pointer: more than a packet, because it does
  // not follow the comparison with the packet's end.
  kDpdkInputBytes = 32768,
};

struct dpdk_input {
  unsigned long long size;
  unsigned char bytes[kDpdkPacketSize];
};
