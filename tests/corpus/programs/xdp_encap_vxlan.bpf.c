// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// VXLAN: 50 bytes of Ethernet, IPv4, UDP and VXLAN headers in front.
#include "net.h"

struct vxlan {
  __be32 flags, vni;
};

SEC("xdp")
int encap_vxlan(struct xdp_md* ctx) {
  const __u32 length = ctx->data_end - ctx->data;
  if (length < 34) return XDP_PASS;
  if (bpf_xdp_adjust_head(ctx, -50)) return XDP_DROP;
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth) return XDP_ABORTED;
  struct iphdr* ip = take(&c, sizeof(*ip));
  if (!ip) return XDP_ABORTED;
  struct udphdr* udp = take(&c, sizeof(*udp));
  if (!udp) return XDP_ABORTED;
  struct vxlan* vxlan = take(&c, sizeof(*vxlan));
  if (!vxlan) return XDP_ABORTED;
  __u8* inner = take(&c, 34);
  if (!inner) return XDP_ABORTED;
  const __u32 entropy = mix(*(__u32*)(inner + 2), *(__u32*)(inner + 26), *(__u32*)(inner + 30));
  __builtin_memset(eth, 0, sizeof(*eth));
  eth->h_dest[0] = eth->h_source[0] = 2;
  eth->h_proto = bpf_htons(ETH_P_IP);
  *ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP};
  ip->tot_len = bpf_htons(length + 36);
  ip->saddr = bpf_htonl(0xac100001);
  ip->daddr = bpf_htonl(0xac100002);
  ip->check = ip_checksum(ip);
  udp->source = bpf_htons(49152 + (entropy & 16383));
  udp->dest = bpf_htons(4789);
  udp->len = bpf_htons(length + 16);
  udp->check = 0;
  vxlan->flags = bpf_htonl(0x08000000);
  vxlan->vni = bpf_htonl(42 << 8);
  return XDP_TX;
}
