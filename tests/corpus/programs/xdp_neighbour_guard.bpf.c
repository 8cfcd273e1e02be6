// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Neighbour discovery with a hop limit other than 255 was forwarded, and is dropped.
#include "net.h"

SEC("xdp")
int neighbour_guard(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IPV6) return XDP_PASS;
  struct ipv6hdr* ip = take(&c, sizeof(*ip));
  if (!ip || ip->nexthdr != IPPROTO_ICMPV6) return XDP_PASS;
  __u8* type = take(&c, 1);
  if (!type || *type < 133 || *type > 137) return XDP_PASS;
  return ip->hop_limit == 255 ? XDP_PASS : XDP_DROP;
}
