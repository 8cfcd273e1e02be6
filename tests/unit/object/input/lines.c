// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Source lines: the tests look for the statements by their text.
#include "common.h"

static NOINLINE u32 square(u32 x) {
  return x * x;
}

static NOINLINE u32 cube(u32 x) {
  return square(x) * x + 1;
}

SEC("tc")
int count(void *skb) {
  u32 n = *(u32 *)skb;
  if (n > 1000) {
    return -1;
  }
  return cube(n);
}
