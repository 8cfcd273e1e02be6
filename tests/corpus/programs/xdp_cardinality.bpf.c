// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// HyperLogLog registers: how many sources there are, within 6 %.
#include "net.h"

MAP(ARRAY, registers, 256, __u32, __u8);

SEC("xdp")
int cardinality(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return XDP_PASS;
  const __u32 hash = mix(ip->saddr, 0x9e3779b9, 0x85ebca6b);
  __u32 index = hash & 255;
  __u8 rank = 1;
  for (__u32 rest = hash >> 8; rank < 24 && !(rest & 1); rest >>= 1) rank++;
  __u8* r = bpf_map_lookup_elem(&registers, &index);
  if (r && *r < rank) *r = rank;
  return XDP_PASS;
}
