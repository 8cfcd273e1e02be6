// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Answers DNS queries of type A with a fixed address: 16 bytes are added at the end.
#include "net.h"

struct dns {
  __be16 id, flags, questions, answers, authority, additional;
};

SEC("xdp")
int dns_answer(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth || eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  struct iphdr* ip = take(&c, sizeof(*ip));
  if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_UDP) return XDP_PASS;
  struct udphdr* udp = take(&c, sizeof(*udp));
  if (!udp || udp->dest != bpf_htons(53)) return XDP_PASS;
  struct dns* dns = take(&c, sizeof(*dns));
  if (!dns || dns->questions != bpf_htons(1) || (dns->flags & bpf_htons(0x8000))) return XDP_DROP;
  __u8* name = c.at;
  __u32 length = 0;
  for (int i = 0; i < 64; i++) {
    if ((void*)(name + length + 5) > c.end) return XDP_DROP;
    if (name[length] == 0) break;
    length++;
  }
  if (length >= 63 || (void*)(name + length + 5) > c.end || name[length + 2] != 1) return XDP_DROP;
  const __u32 end = 14 + 20 + 8 + 12 + length + 5;
  const int room = (int)(end + 16) - (int)(ctx->data_end - ctx->data);
  if (bpf_xdp_adjust_tail(ctx, room)) return XDP_DROP;
  c = (struct cursor)CURSOR(ctx);
  eth = take(&c, sizeof(*eth));
  if (!eth) return XDP_ABORTED;
  ip = take(&c, sizeof(*ip));
  if (!ip) return XDP_ABORTED;
  udp = take(&c, sizeof(*udp));
  if (!udp) return XDP_ABORTED;
  dns = take(&c, sizeof(*dns));
  if (!dns) return XDP_ABORTED;
  __u8* answer = c.at + (length + 5);
  if ((void*)(answer + 16) > c.end) return XDP_ABORTED;
  static const __u8 record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
  __builtin_memcpy(answer, record, 16);
  dns->flags = bpf_htons(0x8180);
  dns->answers = bpf_htons(1);
  swap_mac(eth);
  const __be32 source = ip->saddr;
  ip->saddr = ip->daddr;
  ip->daddr = source;
  ip->tot_len = bpf_htons(end + 16 - 14);
  ip->check = 0;
  ip->check = ip_checksum(ip);
  const __be16 port = udp->source;
  udp->source = udp->dest;
  udp->dest = port;
  udp->len = bpf_htons(end + 16 - 34);
  udp->check = 0;
  return XDP_TX;
}
