// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A count-min sketch of flows: four rows, the estimate decides.
// cpu: v3
#include "net.h"

MAP(ARRAY, rows, 1024, __u32, __u32);

SEC("xdp")
int count_min(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  __u32 least = ~0u, hash = flow_hash(&flow);
  for (__u32 row = 0; row < 4; row++) {
    hash = mix(hash, row, 0x1b873593);
    __u32 cell = row * 256 + hash % 256;
    __u32* n = bpf_map_lookup_elem(&rows, &cell);
    if (!n) return XDP_ABORTED;
    const __u32 was = __sync_fetch_and_add(n, 1);
    if (was < least) least = was;
  }
  return least >= 2 ? XDP_DROP : XDP_PASS;
}
