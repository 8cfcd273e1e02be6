// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Everything that weir cannot link yet, one program each.
#include "common.h"

int counter;
static u32 state = 5;
const volatile u32 limit = 9;

SEC("xdp")
int use_bss(void *ctx) {
  return ++counter;
}

SEC("xdp")
int use_data(void *ctx) {
  state += (u64)ctx;
  return state;
}

SEC("xdp")
int use_rodata(void *ctx) {
  return limit;
}

extern const int CONFIG_HZ __attribute__((section(".kconfig")));

SEC("xdp")
int use_extern(void *ctx) {
  return CONFIG_HZ;
}
