// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Follows fragments: ports of the first one are kept for those that come later.
#include "net.h"

struct datagram {
  __be32 source, destination;
  __be16 id;
  __u16 protocol;
};
MAP(LRU_HASH, firsts, 256, struct datagram, __u32);
MAP(ARRAY, kinds, 4, __u32, __u64);

SEC("xdp")
int fragments(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return XDP_PASS;
  const __u16 place = bpf_ntohs(ip->frag_off);
  if (!(place & 0x3fff)) {
    count(&kinds, 0);
    return XDP_PASS;
  }
  struct datagram key = {ip->saddr, ip->daddr, ip->id, ip->protocol};
  if ((place & 0x1fff) == 0) {
    __u32* ports = take(&c, 4);
    count(&kinds, 1);
    if (!ports) return XDP_DROP;
    __u32 kept = *ports;
    bpf_map_update_elem(&firsts, &key, &kept, BPF_ANY);
    return XDP_PASS;
  }
  __u32* ports = bpf_map_lookup_elem(&firsts, &key);
  count(&kinds, ports ? 2 : 3);
  return ports ? XDP_PASS : XDP_DROP;
}
