// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Destination NAT of a virtual address by port, from a table.
// setup: services 0050 0a00000500001f90
// setup: services 0035 0a00000600000035
#include "net.h"

struct target {
  __be32 address;
  __u16 unused;
  __be16 port;
};
MAP(HASH, services, 16, __be16, struct target);

SEC("xdp")
int dest_nat(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->protocol != IPPROTO_UDP) return XDP_PASS;
  struct udphdr* udp = take(&c, sizeof(*udp));
  if (!udp) return XDP_PASS;
  struct target* to = bpf_map_lookup_elem(&services, &udp->dest);
  if (!to) return XDP_PASS;
  if (udp->check) {
    udp->check = csum_replace32(udp->check, ip->daddr, to->address);
    udp->check = csum_replace(udp->check, udp->dest, to->port);
  }
  ip->check = csum_replace32(ip->check, ip->daddr, to->address);
  ip->daddr = to->address;
  udp->dest = to->port;
  return XDP_TX;
}
