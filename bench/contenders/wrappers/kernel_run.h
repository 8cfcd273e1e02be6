// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the wrapper in the kernel (kernel.bpf.c) shares with the process that runs it: two maps that
// both see, one with the packets, one with the list of runs and what came of them. C and C++.
#pragma once

enum {
  kKernelRuns = 65536,          // in one batch, at most
  kKernelPacketBytes = 229376,  // all packets together
  kKernelPacketSize = 1536,     // one packet, at most
  // Behind the packets: bytes that the kernel's verifier must see where it does not follow the
  // comparison with the packet's end.
  kKernelSlack = 32768,
};

struct kernel_place {
  unsigned offset, size;  // of a packet
};

struct kernel_runs {
  struct kernel_place places[kKernelRuns];
  unsigned count;          // in: runs
  unsigned done;           // out
  unsigned long long sum;  // out: of the results
};
