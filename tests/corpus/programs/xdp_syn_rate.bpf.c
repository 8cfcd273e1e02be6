// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SYNs per source in an LRU hash; more than four are dropped.
// cpu: v3
#include "net.h"

MAP(LRU_HASH, sources, 1024, __be32, __u32);

SEC("xdp")
int syn_rate(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->protocol != IPPROTO_TCP) return XDP_PASS;
  struct tcphdr* tcp = take(&c, sizeof(*tcp));
  if (!tcp || !tcp->syn) return XDP_PASS;
  __u32* n = bpf_map_lookup_elem(&sources, &ip->saddr);
  if (n) return __sync_fetch_and_add(n, 1) >= 4 ? XDP_DROP : XDP_PASS;
  __u32 one = 1;
  bpf_map_update_elem(&sources, &ip->saddr, &one, BPF_ANY);
  return XDP_PASS;
}
