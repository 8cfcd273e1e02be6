// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Bloom filter of flows in an array of words: the first packet of a flow passes, later ones
// are sent back.
// cpu: v3
#include "net.h"

MAP(ARRAY, words, 128, __u32, __u64);

SEC("xdp")
int bloom(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  __u32 hash = flow_hash(&flow), known = 1;
  for (int i = 0; i < 3; i++) {
    hash = mix(hash, i + 1, 0xcc9e2d51);
    __u32 word = hash >> 25;
    __u64* bits = bpf_map_lookup_elem(&words, &word);
    if (!bits) return XDP_ABORTED;
    const __u64 bit = 1ull << (hash & 63);
    if (!(__sync_fetch_and_or(bits, bit) & bit)) known = 0;
  }
  return known ? XDP_TX : XDP_PASS;
}
