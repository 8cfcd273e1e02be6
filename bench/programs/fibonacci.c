// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Fibonacci number whose index is the first byte; each step needs the one before.
#include "packet.h"

SEC("filter/frame")
u64 fibonacci(void* data, u64 len) {
  if (len < 1) return 0;
  const u32 n = 30 + (*(const u8*)data & 31);
  u64 a = 0, b = 1;
  for (u32 i = 0; i < n; i++) {
    const u64 next = a + b;
    a = b;
    b = next;
  }
  return a;
}
