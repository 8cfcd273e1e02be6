// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which HTTP method a segment starts with.
#include "net.h"

MAP(ARRAY, methods, 6, __u32, __u64);

SEC("xdp")
int http_method(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->protocol != IPPROTO_TCP) return XDP_PASS;
  struct tcphdr* tcp = take(&c, sizeof(*tcp));
  if (!tcp) return XDP_PASS;
  c.at += (tcp->doff * 4 - 20) & 63;
  __u8* text = take(&c, 4);
  if (!text) return XDP_PASS;
  switch ((__u32)text[0] << 24 | text[1] << 16 | text[2] << 8 | text[3]) {
    case 0x47455420: count(&methods, 0); return XDP_PASS;    // "GET "
    case 0x504f5354: count(&methods, 1); return XDP_DROP;    // "POST"
    case 0x48454144: count(&methods, 2); return XDP_PASS;    // "HEAD"
    case 0x50555420: count(&methods, 3); return XDP_DROP;    // "PUT "
    case 0x48545450: count(&methods, 4); return XDP_TX;      // "HTTP"
    default: count(&methods, 5); return XDP_PASS;
  }
}
