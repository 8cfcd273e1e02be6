// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Direct server return: the flow hash picks the MAC address, per-server counts per CPU.
#include "net.h"

MAP(PERCPU_ARRAY, sent, 4, __u32, __u64);

SEC("xdp")
int balancer_mac(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  struct ethhdr* eth = c.at;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  if ((void*)(eth + 1) > c.end) return XDP_PASS;
  const __u32 server = flow_hash(&flow) & 3;
  __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
  eth->h_dest[0] = 2;
  eth->h_dest[4] = server >> 8;
  eth->h_dest[5] = server;
  __u64* n = bpf_map_lookup_elem(&sent, &server);
  if (n) ++*n;
  return XDP_TX;
}
