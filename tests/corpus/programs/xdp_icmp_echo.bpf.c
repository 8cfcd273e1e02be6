// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Answers ICMP and ICMPv6 echo requests.
#include "net.h"

SEC("xdp")
int icmp_echo(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth) return XDP_DROP;
  if (eth->h_proto == bpf_htons(ETH_P_IP)) {
    struct iphdr* ip = take_ipv4(&c);
    if (!ip || ip->protocol != IPPROTO_ICMP) return XDP_PASS;
    struct icmphdr* icmp = take(&c, sizeof(*icmp));
    if (!icmp || icmp->type != ICMP_ECHO) return XDP_PASS;
    const __be32 source = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = source;
    icmp->checksum = csum_replace(icmp->checksum, bpf_htons(ICMP_ECHO << 8), 0);
    icmp->type = ICMP_ECHOREPLY;
  } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
    struct ipv6hdr* ip = take(&c, sizeof(*ip));
    if (!ip || ip->nexthdr != IPPROTO_ICMPV6) return XDP_PASS;
    struct icmphdr* icmp = take(&c, sizeof(*icmp));
    if (!icmp || icmp->type != 128) return XDP_PASS;
    struct in6_addr source = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = source;
    icmp->checksum = csum_replace(icmp->checksum, bpf_htons(128 << 8), bpf_htons(129 << 8));
    icmp->type = 129;
  } else {
    return XDP_PASS;
  }
  swap_mac(eth);
  return XDP_TX;
}
