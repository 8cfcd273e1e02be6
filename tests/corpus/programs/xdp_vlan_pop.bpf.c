// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes the outer VLAN tag off and counts by VLAN.
#include "net.h"

MAP(HASH, vlans, 4096, __u16, __u64);

SEC("xdp")
int vlan_pop(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth || (eth->h_proto != bpf_htons(0x8100) && eth->h_proto != bpf_htons(0x88a8)))
    return XDP_PASS;
  struct vlan_tag* tag = take(&c, sizeof(*tag));
  if (!tag) return XDP_DROP;
  __u16 vlan = bpf_ntohs(tag->tci) & 4095;
  struct ethhdr kept = *eth;
  kept.h_proto = tag->type;
  __u64* n = bpf_map_lookup_elem(&vlans, &vlan);
  if (n) {
    ++*n;
  } else {
    __u64 one = 1;
    bpf_map_update_elem(&vlans, &vlan, &one, BPF_ANY);
  }
  if (bpf_xdp_adjust_head(ctx, 4)) return XDP_ABORTED;
  eth = (void*)(long)ctx->data;
  if ((void*)(eth + 1) > (void*)(long)ctx->data_end) return XDP_ABORTED;
  *eth = kept;
  return XDP_PASS;
}
