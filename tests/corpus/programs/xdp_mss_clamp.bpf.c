// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Clamps the MSS option of TCP SYNs to 1220.
#include "net.h"

SEC("xdp")
int mss_clamp(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->protocol != IPPROTO_TCP) return XDP_PASS;
  struct tcphdr* tcp = take(&c, sizeof(*tcp));
  if (!tcp || !tcp->syn) return XDP_PASS;
  __u32 offset = 0;
  const __u32 options = tcp->doff * 4 - 20;
  for (int i = 0; i < 20; i++) {
    __u8* option = c.at + (offset & 63);
    if (offset >= options || offset > 40 || (void*)(option + 4) > c.end) break;
    if (option[0] == 0) break;
    if (option[0] == 1) {
      offset++;
      continue;
    }
    if (option[0] == 2 && option[1] == 4) {
      const __u16 mss = option[2] << 8 | option[3];
      if (mss <= 1220) return XDP_PASS;
      option[2] = 1220 >> 8;
      option[3] = 1220 & 255;
      tcp->check = csum_replace(tcp->check, bpf_htons(mss), bpf_htons(1220));
      return XDP_TX;
    }
    if (option[1] < 2) return XDP_DROP;
    offset += option[1];
  }
  return XDP_PASS;
}
