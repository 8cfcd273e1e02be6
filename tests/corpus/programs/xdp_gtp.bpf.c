// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tunnel ids of GTP-U packets.
#include "net.h"

MAP(HASH, tunnels, 64, __u32, __u64);

SEC("xdp")
int gtp(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow) || flow.protocol != IPPROTO_UDP) return XDP_PASS;
  if (!take(&c, 4)) return XDP_PASS;
  __u8* header = take(&c, 8);
  if (!header || header[0] >> 5 != 1) return XDP_PASS;
  __u32 tunnel = bpf_ntohl(*(__be32*)(header + 4));
  if ((header[0] & 7) && !take(&c, 4)) return XDP_DROP;
  __u64* bytes = bpf_map_lookup_elem(&tunnels, &tunnel);
  __u64 length = c.end - c.at;
  if (bytes) *bytes += length;
  else bpf_map_update_elem(&tunnels, &tunnel, &length, BPF_ANY);
  return XDP_PASS;
}
