// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "common.h"

extern int host_first(void *ctx) __ksym;
extern int host_second(void *ctx, int n) __ksym;

SEC("xdp")
int call_host(void *ctx) {
  int n = host_second(ctx, 4);
  return n + host_first(ctx) + host_second(ctx, n);
}
