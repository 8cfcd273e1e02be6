// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which TCP options occur, and how long the headers are. For v3 the size and the rounds stay in one 32-bit
// register each.
// cpu: v3
#include "net.h"

MAP(ARRAY, kinds, 256, __u32, __u64);
MAP(ARRAY, lengths, 16, __u32, __u64);

SEC("xdp")
int tcp_options(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->protocol != IPPROTO_TCP) return XDP_PASS;
  struct tcphdr* tcp = take(&c, sizeof(*tcp));
  if (!tcp) return XDP_PASS;
  count(&lengths, tcp->doff);
  __u32 left = tcp->doff > 5 ? tcp->doff * 4 - 20 : 0;
  __u8* at = c.at;
  for (int i = 0; i < 10; i++) {
    if (left < 2 || (void*)(at + 2) > c.end || at[0] == 0) break;
    const __u32 size = at[0] == 1 ? 1 : at[1] & 63;
    count(&kinds, at[0]);
    if (size == 0 || size > left) return XDP_DROP;
    at += size;
    left -= size;
  }
  return XDP_PASS;
}
