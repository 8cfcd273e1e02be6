// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tags untagged frames, with the priority from the DSCP.
#include "net.h"

SEC("xdp")
int vlan_push(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth || eth->h_proto == bpf_htons(0x8100)) return XDP_PASS;
  __u16 priority = 0;
  struct iphdr* ip = c.at;
  if (eth->h_proto == bpf_htons(ETH_P_IP) && (void*)(ip + 1) <= c.end) priority = ip->tos >> 5;
  struct ethhdr kept = *eth;
  if (bpf_xdp_adjust_head(ctx, -4)) return XDP_DROP;
  struct cursor n = CURSOR(ctx);
  eth = take(&n, sizeof(*eth));
  struct vlan_tag* tag = eth ? take(&n, sizeof(*tag)) : 0;
  if (!tag) return XDP_ABORTED;
  *eth = kept;
  eth->h_proto = bpf_htons(0x8100);
  tag->tci = bpf_htons(priority << 13 | 100);
  tag->type = kept.h_proto;
  return XDP_PASS;
}
