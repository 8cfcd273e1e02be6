// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Drops combinations of TCP flags that no stack sends, and counts each set of flags.
#include "net.h"

MAP(ARRAY, flags, 64, __u32, __u64);

SEC("xdp")
int tcp_flags(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->protocol != IPPROTO_TCP) return XDP_PASS;
  __u8* tcp = take(&c, 20);
  if (!tcp) return XDP_DROP;
  const __u32 f = tcp[13] & 63;
  count(&flags, f);
  const int syn = f & 2, fin = f & 1, rst = f & 4;
  return f == 0 || (syn && (fin || rst)) || (f & 41) == 41 ? XDP_DROP : XDP_PASS;
}
