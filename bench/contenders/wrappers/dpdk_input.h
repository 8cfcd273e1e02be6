// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program gets that runs in DPDK, as measure/dpdk.h hands it over.
#pragma once

enum { kDpdkPacketSize = 1536 };  // at most

struct dpdk_input {
  unsigned long long size;
  unsigned char bytes[kDpdkPacketSize];
};
