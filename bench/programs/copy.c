// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Copies the first half of the packet over the second, byte by byte, as programs do that cannot call
// memcpy(). Returns the last byte.
#include "packet.h"

SEC("filter/frame")
u64 copy(void* data, u64 len) {
  u8* bytes = data;
  const u64 half = len / 2;
  if (half == 0) return 0;
  for (u64 i = 0; i < half; i++) bytes[half + i] = bytes[i];
  return bytes[2 * half - 1];
}
