// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks up to six IPv6 extension headers to the transport header.
#include "net.h"

MAP(ARRAY, transports, 256, __u32, __u64);

SEC("xdp")
int ipv6_extensions(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IPV6) return XDP_PASS;
  struct ipv6hdr* ip = take(&c, sizeof(*ip));
  if (!ip) return XDP_DROP;
  __u8 next = ip->nexthdr;
#pragma unroll
  for (int i = 0; i < 6; i++) {
    if (next != 0 && next != 43 && next != 44 && next != 60) break;
    __u8* header = take(&c, 8);
    if (!header) return XDP_DROP;
    const __u8 words = next == 44 ? 0 : header[1];
    next = header[0];
    c.at += words * 8;
  }
  count(&transports, next);
  return next == 59 ? XDP_DROP : XDP_PASS;
}
