// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Division and remainder, signed and unsigned, of what the packet says, zero included.
#include "net.h"

struct results {
  __u64 quotient, remainder;
  __u32 small_quotient, small_remainder;
};
MAP(ARRAY, out, 8, __u32, struct results);

SEC("xdp")
int divisions(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  __u32* w = take(&c, 16);
  if (!w) return XDP_PASS;
  __u32 slot = w[3] & 7;
  struct results* r = bpf_map_lookup_elem(&out, &slot);
  if (!r) return XDP_ABORTED;
  const __u64 a = (__u64)w[0] << 32 | w[1], b = w[2];
  __u64 q, m;
  __u32 sq, sm;
  // What C leaves open for a divisor of zero, the instruction set does not.
  asm volatile("%0 = %2\n%0 /= %3\n%1 = %2\n%1 %%= %3" : "=&r"(q), "=&r"(m) : "r"(a), "r"(b & 0xffff));
  sq = b ? w[0] / (__u32)b : 7;
  sm = b ? w[0] % (__u32)b : 7;
  r->quotient += q;
  r->remainder ^= m;
  r->small_quotient += sq;
  r->small_remainder ^= sm;
  return XDP_PASS;
}
