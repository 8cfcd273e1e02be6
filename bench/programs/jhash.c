// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bob Jenkins' lookup3 hash of all bytes, as the kernel's jhash() has it.
#include "packet.h"

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))

#define MIX(a, b, c)                                                                 \
  do {                                                                               \
    a -= c, a ^= ROTATE(c, 4), c += b;                                               \
    b -= a, b ^= ROTATE(a, 6), a += c;                                               \
    c -= b, c ^= ROTATE(b, 8), b += a;                                               \
    a -= c, a ^= ROTATE(c, 16), c += b;                                              \
    b -= a, b ^= ROTATE(a, 19), a += c;                                              \
    c -= b, c ^= ROTATE(b, 4), b += a;                                               \
  } while (0)

#define FINAL(a, b, c)                                                               \
  do {                                                                               \
    c ^= b, c -= ROTATE(b, 14);                                                      \
    a ^= c, a -= ROTATE(c, 11);                                                      \
    b ^= a, b -= ROTATE(a, 25);                                                      \
    c ^= b, c -= ROTATE(b, 16);                                                      \
    a ^= c, a -= ROTATE(c, 4);                                                       \
    b ^= a, b -= ROTATE(a, 14);                                                      \
    c ^= b, c -= ROTATE(b, 24);                                                      \
  } while (0)

SEC("filter/frame")
u64 jhash(void* data, u64 len) {
  const u8* k = data;
  u32 length = (u32)len;
  u32 a, b, c;
  a = b = c = 0xdeadbeef + length + 0x9e3779b9;

  while (length > 12) {
    a += *(const u32*)k;
    b += *(const u32*)(k + 4);
    c += *(const u32*)(k + 8);
    MIX(a, b, c);
    length -= 12;
    k += 12;
  }
  switch (length) {
    case 12: c += (u32)k[11] << 24;  // fall through
    case 11: c += (u32)k[10] << 16;  // fall through
    case 10: c += (u32)k[9] << 8;    // fall through
    case 9: c += k[8];               // fall through
    case 8: b += (u32)k[7] << 24;    // fall through
    case 7: b += (u32)k[6] << 16;    // fall through
    case 6: b += (u32)k[5] << 8;     // fall through
    case 5: b += k[4];               // fall through
    case 4: a += (u32)k[3] << 24;    // fall through
    case 3: a += (u32)k[2] << 16;    // fall through
    case 2: a += (u32)k[1] << 8;     // fall through
    case 1: a += k[0]; FINAL(a, b, c); break;
    case 0: break;
  }
  return c;
}
