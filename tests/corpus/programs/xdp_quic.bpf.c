// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tells QUIC long headers by version, and answers none of them.
#include "net.h"

MAP(HASH, versions, 32, __u32, __u32);

SEC("xdp")
int quic(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow) || flow.protocol != IPPROTO_UDP) return XDP_PASS;
  if (!take(&c, 4)) return XDP_PASS;
  __u8* header = take(&c, 5);
  if (!header || !(header[0] & 0x80)) return XDP_PASS;
  __u32 version = (__u32)header[1] << 24 | header[2] << 16 | header[3] << 8 | header[4];
  __u32* n = bpf_map_lookup_elem(&versions, &version);
  __u32 first = 1;
  if (n) ++*n;
  else if (bpf_map_update_elem(&versions, &version, &first, BPF_NOEXIST)) return XDP_ABORTED;
  return XDP_DROP;
}
