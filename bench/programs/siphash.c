// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SipHash-2-4 with a fixed key: the keyed hash that hash tables exposed to the network use.
#include "packet.h"

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

#define ROUND(v0, v1, v2, v3)                                                        \
  do {                                                                               \
    v0 += v1, v1 = ROTATE(v1, 13), v1 ^= v0, v0 = ROTATE(v0, 32);                    \
    v2 += v3, v3 = ROTATE(v3, 16), v3 ^= v2;                                         \
    v0 += v3, v3 = ROTATE(v3, 21), v3 ^= v0;                                         \
    v2 += v1, v1 = ROTATE(v1, 17), v1 ^= v2, v2 = ROTATE(v2, 32);                    \
  } while (0)

SEC("filter/frame")
u64 siphash(void* data, u64 len) {
  const u8* next = data;
  const u8* end = next + len;
  const u64 k0 = 0x0706050403020100ull, k1 = 0x0f0e0d0c0b0a0908ull;
  u64 v0 = 0x736f6d6570736575ull ^ k0, v1 = 0x646f72616e646f6dull ^ k1;
  u64 v2 = 0x6c7967656e657261ull ^ k0, v3 = 0x7465646279746573ull ^ k1;

  for (; next + 8 <= end; next += 8) {
    const u64 word = *(const u64*)next;
    v3 ^= word;
    ROUND(v0, v1, v2, v3);
    ROUND(v0, v1, v2, v3);
    v0 ^= word;
  }
  u64 last = len << 56;
  for (u32 shift = 0; next < end; next++, shift += 8) last |= (u64)*next << shift;
  v3 ^= last;
  ROUND(v0, v1, v2, v3);
  ROUND(v0, v1, v2, v3);
  v0 ^= last;
  v2 ^= 0xff;
  ROUND(v0, v1, v2, v3);
  ROUND(v0, v1, v2, v3);
  ROUND(v0, v1, v2, v3);
  ROUND(v0, v1, v2, v3);
  return v0 ^ v1 ^ v2 ^ v3;
}
