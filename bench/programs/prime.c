// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trial division: is the number in the first four bytes a prime? Returns its smallest divisor.
#include "packet.h"

SEC("filter/frame")
u64 prime(void* data, u64 len) {
  if (len < 4) return 0;
  const u32 n = *(const u32*)data & 0xfffff;
  if (n < 2) return 0;
  if (n % 2 == 0) return 2;
  for (u32 d = 3; d * d <= n; d += 2) {
    if (n % d == 0) return d;
  }
  return n;
}
