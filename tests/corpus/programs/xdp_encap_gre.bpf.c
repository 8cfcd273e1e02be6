// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts packets into GRE over IPv4, with a key and a sequence number from global data.
#include "net.h"

__u32 sequence;
struct gre {
  __be16 flags, protocol;
  __be32 key, sequence;
};

SEC("xdp")
int encap_gre(struct xdp_md* ctx) {
  const __u32 length = ctx->data_end - ctx->data;
  struct cursor c = CURSOR(ctx);
  struct ethhdr* old = take(&c, sizeof(*old));
  if (!old || length > 1600) return XDP_PASS;
  struct ethhdr kept = *old;
  if (bpf_xdp_adjust_head(ctx, -(int)(sizeof(struct iphdr) + sizeof(struct gre)))) return XDP_DROP;
  struct cursor n = CURSOR(ctx);
  struct ethhdr* eth = take(&n, sizeof(*eth));
  struct iphdr* ip = eth ? take(&n, sizeof(*ip)) : 0;
  struct gre* gre = ip ? take(&n, sizeof(*gre)) : 0;
  if (!gre) return XDP_ABORTED;
  *eth = kept;
  eth->h_proto = bpf_htons(ETH_P_IP);
  *ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 32, .protocol = IPPROTO_GRE};
  ip->tot_len = bpf_htons(length + 18);
  ip->saddr = bpf_htonl(0x01020304);
  ip->daddr = bpf_htonl(0x05060708);
  ip->check = ip_checksum(ip);
  *gre = (struct gre){bpf_htons(0x3000), kept.h_proto, bpf_htonl(77), bpf_htonl(sequence++)};
  return XDP_TX;
}
