// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes per destination port, per CPU.
#include "net.h"

MAP(PERCPU_HASH, ports, 256, __u16, __u64);

SEC("xdp")
int percpu_hash(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  __u16 port = bpf_ntohs(flow.dport);
  __u64 length = ctx->data_end - ctx->data, *n = bpf_map_lookup_elem(&ports, &port);
  if (n) *n += length;
  else bpf_map_update_elem(&ports, &port, &length, BPF_NOEXIST);
  return XDP_PASS;
}
