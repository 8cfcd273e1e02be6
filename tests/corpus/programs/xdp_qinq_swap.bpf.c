// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exchanges the two tags of a doubly tagged frame.
#include "net.h"

SEC("xdp")
int qinq_swap(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth) return XDP_DROP;
  struct vlan_tag* outer = take(&c, sizeof(*outer));
  if (!outer) return XDP_PASS;
  struct vlan_tag* inner = take(&c, sizeof(*inner));
  if (!inner || eth->h_proto != bpf_htons(0x88a8) || outer->type != bpf_htons(0x8100))
    return XDP_PASS;
  const __be16 tci = outer->tci;
  outer->tci = inner->tci;
  inner->tci = tci;
  return XDP_TX;
}
