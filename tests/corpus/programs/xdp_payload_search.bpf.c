// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Looks for four bytes anywhere in the first 200 of the payload.
#include "net.h"

SEC("xdp")
int payload_search(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  __u32 window = 0;
  __u8* bytes = c.at;
  for (int i = 0; i < 200; i++) {
    if ((void*)(bytes + i + 1) > c.end) break;
    window = window << 8 | bytes[i];
    if (window == 0x65766f6c) return XDP_DROP;  // "evol"
  }
  return XDP_PASS;
}
