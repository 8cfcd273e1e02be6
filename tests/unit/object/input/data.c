// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Global data of every kind, one program each.
#include "common.h"

int counter;
static u32 state = 5;
const volatile u32 limit = 9;
static const u8 table[6] = {1, 2, 3, 5, 7, 11};
u64 hits[4] SEC(".data.hits") = {1, 2, 3, 4};
const volatile u32 port SEC(".rodata.config") = 53;
u64 scratch[2] SEC(".bss.scratch");
u32 custom SEC("stats") = 6;

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

// Reached through the section's symbol, with the offset in the instruction.
SEC("xdp")
int use_table(void *ctx) {
  return table[(u64)ctx % 6] + limit;
}

SEC("xdp")
int use_all(void *ctx) {
  hits[2] += port;
  scratch[1] += custom;
  return counter + state + limit;
}
