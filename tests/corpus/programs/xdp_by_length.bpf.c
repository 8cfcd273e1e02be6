// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verdicts by length: drop runts, send back long frames.
#include "net.h"

SEC("xdp")
int by_length(struct xdp_md* ctx) {
  const long length = (long)ctx->data_end - (long)ctx->data;
  return length < 60 ? XDP_DROP : length > 1514 ? XDP_TX : XDP_PASS;
}
