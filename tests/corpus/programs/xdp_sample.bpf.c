// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every fourth packet is cut to 64 bytes, as a sample; the rest passes whole.
#include "net.h"

__u32 seen;

SEC("xdp")
int sample(struct xdp_md* ctx) {
  const __u32 length = ctx->data_end - ctx->data;
  if (++seen % 4) return XDP_PASS;
  if (length > 64 && length < 3000 && bpf_xdp_adjust_tail(ctx, 64 - (int)length))
    return XDP_ABORTED;
  return XDP_TX;
}
