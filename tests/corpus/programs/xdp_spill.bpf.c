// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keeps more values alive than there are registers, across calls.
#include "net.h"

MAP(ARRAY, sums, 8, __u32, __u64);

SEC("xdp")
int spill(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  __u64* w = take(&c, 64);
  if (!w) return XDP_PASS;
  __u64 a = w[0], b = w[1], d = w[2], e = w[3], f = w[4], g = w[5], h = w[6], i = w[7];
#pragma unroll
  for (__u32 slot = 0; slot < 8; slot++) {
    __u64* n = bpf_map_lookup_elem(&sums, &slot);
    if (!n) return XDP_ABORTED;
    a += b ^ slot, b = b << 7 | b >> 57, d ^= e + slot, e -= f, f *= 0x9e3779b97f4a7c15ull;
    g ^= g >> 29, h += i, i = ~i + a;
    *n += a ^ b ^ d ^ e ^ f ^ g ^ h ^ i;
  }
  return (a ^ h) & 1 ? XDP_PASS : XDP_DROP;
}
