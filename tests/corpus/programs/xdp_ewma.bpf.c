// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A moving average of the length, in 24.8 fixed point; what is far above it is dropped.
#include "net.h"

__s64 average;

SEC("xdp")
int ewma(struct xdp_md* ctx) {
  const __s64 length = (__s64)(ctx->data_end - ctx->data) << 8;
  average += (length - average) >> 3;
  return length > average * 3 ? XDP_DROP : XDP_PASS;
}
