// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Drops packets from addresses of a hash, and counts hits there.
// setup: blocked 0a000001 0000000000000000
// setup: blocked c0a80105 0000000000000000
#include "net.h"

MAP(HASH, blocked, 64, __be32, __u64);

SEC("xdp")
int blocklist(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return XDP_PASS;
  __u64* hits = bpf_map_lookup_elem(&blocked, &ip->saddr);
  if (!hits) return XDP_PASS;
  __sync_fetch_and_add(hits, 1);
  return XDP_DROP;
}
