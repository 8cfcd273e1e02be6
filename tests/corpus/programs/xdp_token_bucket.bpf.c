// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A token bucket per source, refilled by a clock that ticks once a packet.
#include "net.h"

struct bucket {
  __u64 ticked;
  __u32 tokens, dropped;
};
MAP(HASH, buckets, 256, __be32, struct bucket);
__u64 now;

SEC("xdp")
int token_bucket(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  now++;
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return XDP_PASS;
  struct bucket* b = bpf_map_lookup_elem(&buckets, &ip->saddr);
  if (!b) {
    struct bucket full = {now, 3, 0};
    bpf_map_update_elem(&buckets, &ip->saddr, &full, BPF_ANY);
    return XDP_PASS;
  }
  const __u64 fresh = (now - b->ticked) / 16;
  if (fresh) {
    b->tokens += fresh > 4 ? 4 : fresh;
    if (b->tokens > 4) b->tokens = 4;
    b->ticked = now;
  }
  if (b->tokens == 0) {
    b->dropped++;
    return XDP_DROP;
  }
  b->tokens--;
  return XDP_PASS;
}
