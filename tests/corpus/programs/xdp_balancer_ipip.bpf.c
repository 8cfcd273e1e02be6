// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A load balancer: the flow hash picks a slot of a ring, the packet goes to the server there in
// an IPv4 header of its own.
#include "net.h"

#define RING 64
MAP(ARRAY, ring, RING, __u32, __u32);
MAP(ARRAY, sent, 8, __u32, __u64);

// Rendezvous hashing fills the ring when the first packet comes.
NOINLINE __u32 server_of(__u32 slot) {
  __u32 best = 0, best_score = 0;
  for (__u32 server = 0; server < 8; server++) {
    const __u32 score = mix(slot * 2654435761u, server, 0x9e3779b9);
    if (score >= best_score) best = server, best_score = score;
  }
  return best;
}

SEC("xdp")
int balancer_ipip(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  __u32 slot = flow_hash(&flow) % RING;
  __u32* filled = bpf_map_lookup_elem(&ring, &slot);
  if (!filled) return XDP_ABORTED;
  if (*filled == 0) *filled = server_of(slot) + 1;
  const __u32 server = (*filled - 1) & 7;
  count(&sent, server);

  const __u16 length = ctx->data_end - ctx->data;
  if (bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr))) return XDP_DROP;
  struct cursor n = CURSOR(ctx);
  struct ethhdr* eth = take(&n, sizeof(*eth));
  struct iphdr* outer = eth ? take(&n, sizeof(*outer)) : 0;
  if (!outer) return XDP_DROP;
  if (n.at + sizeof(*eth) > n.end) return XDP_DROP;
  // The old Ethernet header now lies behind room for a new one of its own.
  struct ethhdr copy = *(struct ethhdr*)((void*)eth + sizeof(*outer));
  *eth = copy;
  eth->h_proto = bpf_htons(ETH_P_IP);
  __builtin_memset(outer, 0, sizeof(*outer));
  outer->version = 4;
  outer->ihl = 5;
  outer->tot_len = bpf_htons(length - sizeof(*eth) + sizeof(*outer));
  outer->ttl = 64;
  outer->protocol = IPPROTO_IPIP;
  outer->saddr = bpf_htonl(0x0a0a0001);
  outer->daddr = bpf_htonl(0x0a0a0100 + server);
  outer->check = ip_checksum(outer);
  return XDP_TX;
}
