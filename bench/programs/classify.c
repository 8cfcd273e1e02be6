// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A switch with many cases over each of the first 64 bytes, each case doing something else: the
// shape of byte-code machines and option parsers.
#include "packet.h"

SEC("filter/frame")
u64 classify(void* data, u64 len) {
  const u8* bytes = data;
  const u64 n = len < 64 ? len : 64;
  u64 a = 1, b = 2;
  for (u64 i = 0; i < n; i++) {
    const u8 byte = bytes[i];
    switch (byte & 31) {
      case 0: a += b; break;
      case 1: a ^= b; break;
      case 2: a = a << 5 | a >> 59; break;
      case 3: b += byte; break;
      case 4: b ^= a >> 7; break;
      case 5: a *= 5; break;
      case 6: b = b * 3 + 1; break;
      case 7: a -= b; break;
      case 8: b = ~b; break;
      case 9: a += i; break;
      case 10: b -= i; break;
      case 11: a |= byte; break;
      case 12: b &= ~(u64)byte; break;
      case 13: a = a >> 1 | 1ull << 63; break;
      case 14: b = b << 8 | byte; break;
      case 15: a ^= a << 13; break;
      case 16: a ^= a >> 17; break;
      case 17: b ^= b << 5; break;
      case 18: a += 0x9e3779b97f4a7c15ull; break;
      case 19: b += a & 0xff; break;
      case 20: return a ^ b;
      case 21: a = b; break;
      case 22: b = a + 1; break;
      case 23: a = __builtin_bswap64(a); break;
      default: a++; break;
    }
  }
  return a + b;
}
