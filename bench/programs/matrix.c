// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Multiplies two 8 x 8 matrices of 32-bit numbers from the packet into one on the stack, and folds
// that to a number.
#include "packet.h"

enum { N = 8 };

SEC("filter/frame")
u64 matrix(void* data, u64 len) {
  if (len < 2 * N * N * sizeof(u32)) return 0;
  const u32* a = data;
  const u32* b = a + N * N;
  u32 c[N * N];
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < N; i++) {
#pragma clang loop unroll(disable)
    for (u32 j = 0; j < N; j++) {
      u32 sum = 0;
      for (u32 k = 0; k < N; k++) sum += a[i * N + k] * b[k * N + j];
      c[i * N + j] = sum;
    }
  }
  u64 fold = 0;
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < N * N; i++) fold = fold * 3 + c[i];
  return fold;
}
