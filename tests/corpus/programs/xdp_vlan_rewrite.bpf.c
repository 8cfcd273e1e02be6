// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rewrites VLAN ids from a table and keeps priority and DEI.
// setup: to 0500 f401
// setup: to 6400 c800
#include "net.h"

MAP(HASH, to, 64, __u16, __u16);

SEC("xdp")
int vlan_rewrite(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth || eth->h_proto != bpf_htons(0x8100)) return XDP_PASS;
  struct vlan_tag* tag = take(&c, sizeof(*tag));
  if (!tag) return XDP_PASS;
  const __u16 tci = bpf_ntohs(tag->tci);
  __u16 vlan = tci & 4095;
  __u16* id = bpf_map_lookup_elem(&to, &vlan);
  if (!id) return XDP_DROP;
  tag->tci = bpf_htons((tci & 0xf000) | (*id & 4095));
  return XDP_TX;
}
