// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pool of ports in a queue: SYNs take one, FINs give theirs back.
#include "net.h"

QUEUE(QUEUE, pool, 16, __u32);
MAP(HASH, taken, 64, __be32, __u32);
__u32 filled;

SEC("xdp")
int port_pool(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (!filled) {
    filled = 1;
    for (__u32 port = 1000; port < 1008; port++) bpf_map_push_elem(&pool, &port, 0);
  }
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  __u32 port = 0;
  __u32* mine = bpf_map_lookup_elem(&taken, &flow.source);
  if (mine) {
    port = *mine;
    bpf_map_delete_elem(&taken, &flow.source);
    return bpf_map_push_elem(&pool, &port, BPF_EXIST) ? XDP_DROP : XDP_TX;
  }
  if (bpf_map_pop_elem(&pool, &port)) return XDP_DROP;
  bpf_map_update_elem(&taken, &flow.source, &port, BPF_ANY);
  return XDP_PASS;
}
