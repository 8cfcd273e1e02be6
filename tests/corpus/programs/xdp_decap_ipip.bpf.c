// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes an outer IPv4 header (IPIP, or one that we pretend to be) off.
#include "net.h"

SEC("xdp")
int decap_ipip(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth || eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  struct iphdr* ip = take(&c, sizeof(*ip));
  if (!ip || ip->ihl != 5 || (ip->protocol != IPPROTO_IPIP && ip->protocol != IPPROTO_UDP))
    return XDP_PASS;
  struct ethhdr kept = *eth;
  if (bpf_xdp_adjust_head(ctx, sizeof(*ip))) return XDP_DROP;
  eth = (void*)(long)ctx->data;
  if ((void*)(eth + 1) > (void*)(long)ctx->data_end) return XDP_ABORTED;
  *eth = kept;
  return XDP_PASS;
}
