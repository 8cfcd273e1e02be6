// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tc action: counts by packet kind and swaps addresses of what it sends back.
#include "net.h"

MAP(PERCPU_ARRAY, kinds, 8, __u32, __u64);

SEC("action")
int mirror_count(struct __sk_buff* skb) {
  __u32 kind = skb->pkt_type & 7;
  __u64* n = bpf_map_lookup_elem(&kinds, &kind);
  if (n) ++*n;
  struct cursor c = CURSOR(skb);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth) return TC_ACT_SHOT;
  if (skb->len < 100) swap_mac(eth);
  return TC_ACT_OK;
}
