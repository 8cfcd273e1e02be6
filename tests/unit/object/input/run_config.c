// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// XDP_RUN_CONFIG as <xdp/xdp_helpers.h> has it.
#include "common.h"

#define RUN_CONFIG(f) _##f SEC(".xdp_run_config")

struct {
  __uint(priority, 10);
  __uint(XDP_PASS, 1);
  __uint(XDP_DROP, 1);
} RUN_CONFIG(early);

struct {
  __uint(XDP_PASS, 0);
  __uint(XDP_TX, 1);
  __uint(color, 3);
} RUN_CONFIG(odd);

struct {
  int priority;
} RUN_CONFIG(wrong);

SEC("xdp") int early(void* ctx) { return 2; }
SEC("xdp") int odd(void* ctx) { return 2; }
SEC("xdp") int wrong(void* ctx) { return 2; }
SEC("xdp") int plain(void* ctx) { return 2; }
