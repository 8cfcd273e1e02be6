// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifies UDP checksums over up to 512 bytes.
#include "net.h"

MAP(ARRAY, outcome, 3, __u32, __u64);

SEC("xdp")
int udp_checksum(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->protocol != IPPROTO_UDP || (ip->frag_off & bpf_htons(0x3fff))) return XDP_PASS;
  struct udphdr* udp = c.at;
  if ((void*)(udp + 1) > c.end) return XDP_DROP;
  const __u32 length = bpf_ntohs(udp->len);
  if (udp->check == 0 || length < 8 || length > 512) {
    count(&outcome, 2);
    return XDP_PASS;
  }
  __u64 sum = (ip->saddr & 0xffff) + (ip->saddr >> 16) + (ip->daddr & 0xffff) + (ip->daddr >> 16) +
              bpf_htons(IPPROTO_UDP) + udp->len;
  __u16* word = c.at;
  for (__u32 i = 0; i < 256; i++) {
    if (i * 2 + 1 >= length) break;
    if ((void*)(word + i + 1) > c.end) return XDP_DROP;
    sum += word[i];
  }
  if (length & 1) {
    const __u32 offset = (length - 1) & 511;
    __u8* last = c.at;
    asm volatile("%0 += %1" : "+r"(last) : "r"((__u64)offset));  // or it is folded with the + 1
    if ((void*)(last + 1) > c.end) return XDP_DROP;
    sum += bpf_htons(*last << 8);
  }
  const int good = fold(sum) == 0xffff;
  count(&outcome, good);
  return good ? XDP_PASS : XDP_DROP;
}
