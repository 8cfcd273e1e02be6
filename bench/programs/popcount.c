// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The number of bits that are set in all whole 64-bit words of the packet.
#include "packet.h"

SEC("filter/frame")
u64 popcount(void* data, u64 len) {
  const u8* next = data;
  const u8* end = next + len;
  u64 sum = 0;
  for (; next + 8 <= end; next += 8) sum += (u64)__builtin_popcountll(*(const u64*)next);
  return sum;
}
