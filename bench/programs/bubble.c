// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sorts the bytes of the packet where they lie, 16 at most, and returns a weighted sum of them.
#include "packet.h"

SEC("filter/frame")
u64 bubble(void* data, u64 len) {
  u8* bytes = data;
  const u64 n = len < 16 ? len : 16;
  for (u64 left = n; left > 1; left--) {
    for (u64 i = 0; i + 1 < left; i++) {
      const u8 a = bytes[i], b = bytes[i + 1];
      if (a > b) {
        bytes[i] = b;
        bytes[i + 1] = a;
      }
    }
  }
  u64 sum = 0;
  for (u64 i = 0; i < n; i++) sum = sum * 31 + bytes[i];
  return sum;
}
