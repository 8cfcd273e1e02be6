// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A router: TTL and hop limit go down, what is at its end is dropped.
#include "net.h"

SEC("xdp")
int ttl(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  const __u16 type = ether_type(&c);
  if (type == ETH_P_IP) {
    struct iphdr* ip = take_ipv4(&c);
    if (!ip || ip->ttl <= 1) return XDP_DROP;
    __u32 check = ip->check;
    check += bpf_htons(0x0100);
    ip->check = check + (check >= 0xffff);
    ip->ttl--;
  } else if (type == ETH_P_IPV6) {
    struct ipv6hdr* ip = take(&c, sizeof(*ip));
    if (!ip || ip->hop_limit <= 1) return XDP_DROP;
    ip->hop_limit--;
  } else {
    return XDP_PASS;
  }
  return XDP_TX;
}
