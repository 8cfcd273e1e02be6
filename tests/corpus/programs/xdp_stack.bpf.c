// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last EtherTypes on a stack of eight; the verdict is what lies on top.
#include "net.h"

QUEUE(STACK, last, 8, __u16);

SEC("xdp")
int stack(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  __u16 type = ether_type(&c), top = 0;
  const long empty = bpf_map_peek_elem(&last, &top);
  if (type == 0) return bpf_map_pop_elem(&last, &top) ? XDP_ABORTED : XDP_DROP;
  const long full = bpf_map_push_elem(&last, &type, 0);
  if (full) return XDP_TX;
  return empty ? XDP_DROP : top == type ? XDP_PASS : XDP_TX;
}
