// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Destination ports that are allowed, a bit each; unknown ports are learned on SYN.
#include "net.h"

MAP(ARRAY, allowed, 1024, __u32, __u64);

SEC("xdp")
int port_bitmap(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  const __u32 port = bpf_ntohs(flow.dport);
  __u32 word = port / 64;
  __u64* bits = bpf_map_lookup_elem(&allowed, &word);
  if (!bits) return XDP_ABORTED;
  const __u64 bit = 1ull << (port % 64);
  if (*bits & bit) return XDP_PASS;
  if (port < 1024) *bits |= bit;
  return XDP_DROP;
}
