// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifies IPv4 header checksums, options included.
#include "net.h"

MAP(ARRAY, outcome, 2, __u32, __u64);

SEC("xdp")
int verify_ip_checksum(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  __u16* word = c.at;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return XDP_DROP;
  __u32 sum = 0;
  const __u32 words = ip->ihl * 2;
  for (__u32 i = 0; i < 30; i++) {
    if (i >= words) break;
    if ((void*)(word + i + 1) > c.end) return XDP_DROP;
    sum += word[i];
  }
  const int good = fold(sum) == 0xffff;
  count(&outcome, good);
  return good ? XDP_PASS : XDP_DROP;
}
