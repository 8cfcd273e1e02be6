// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// strcmp() of two strings in one packet, one in each half.
#include "packet.h"

SEC("filter/frame")
u64 compare(void* data, u64 len) {
  const u8* a = data;
  const u64 half = len / 2;
  const u8* b = a + half;
  for (u64 i = 0; i < half; i++) {
    if (a[i] != b[i]) return (u64)a[i] - b[i];
    if (a[i] == 0) return 1000;  // equal
  }
  return 2000;  // no end
}
