// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The flow hash as meta data in front of the packet, for whoever comes next.
#include "net.h"

SEC("xdp")
int meta_hash(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  const __u32 hash = take_flow(&c, &flow) ? flow_hash(&flow) : 0;
  if (bpf_xdp_adjust_meta(ctx, -8)) return XDP_ABORTED;
  __u32* meta = (void*)(long)ctx->data_meta;
  if ((void*)(meta + 2) > (void*)(long)ctx->data) return XDP_ABORTED;
  meta[0] = hash;
  meta[1] = ctx->rx_queue_index + ctx->ingress_ifindex;
  return XDP_PASS;
}
