// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Source NAT of UDP and TCP over IPv4, ports from a counter, checksums kept right.
#include "net.h"

struct binding {
  __be32 address;
  __be16 port, unused;
};
MAP(HASH, bindings, 512, struct flow, struct binding);
__u32 next_port = 40000;
const volatile __be32 outside = bpf_htonl(0xcb007105);

SEC("xdp")
int source_nat(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = c.at;
  if ((void*)(eth + 1) > c.end || eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  c.at = eth + 1;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || (ip->frag_off & bpf_htons(0x3fff))) return XDP_PASS;
  __be16 *ports, *check;
  if (ip->protocol == IPPROTO_TCP) {
    struct tcphdr* tcp = take(&c, sizeof(*tcp));
    if (!tcp) return XDP_DROP;
    ports = (__be16*)tcp, check = &tcp->check;
  } else if (ip->protocol == IPPROTO_UDP) {
    struct udphdr* udp = take(&c, sizeof(*udp));
    if (!udp) return XDP_DROP;
    ports = (__be16*)udp, check = &udp->check;
  } else {
    return XDP_PASS;
  }
  struct flow flow = {ip->saddr, ip->daddr, ports[0], ports[1], ip->protocol};
  struct binding* known = bpf_map_lookup_elem(&bindings, &flow);
  struct binding fresh = {outside, 0, 0};
  if (!known) {
    fresh.port = bpf_htons(next_port++);
    if (bpf_map_update_elem(&bindings, &flow, &fresh, BPF_NOEXIST)) return XDP_DROP;
    known = &fresh;
  }
  ip->check = csum_replace32(ip->check, ip->saddr, known->address);
  if (*check || ip->protocol == IPPROTO_TCP) {
    *check = csum_replace32(*check, ip->saddr, known->address);
    *check = csum_replace(*check, ports[0], known->port);
  }
  ip->saddr = known->address;
  ports[0] = known->port;
  return XDP_TX;
}
