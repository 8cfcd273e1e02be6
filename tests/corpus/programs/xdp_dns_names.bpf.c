// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A hash over the name of each DNS query, in lower case, and how often it was asked for.
#include "net.h"

MAP(HASH, names, 128, __u32, __u32);

SEC("xdp")
int dns_names(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow) || flow.protocol != IPPROTO_UDP || flow.dport != bpf_htons(53))
    return XDP_PASS;
  __u8* name = c.at + 16;
  __u32 hash = 2166136261u;
  int i;
  for (i = 0; i < 100; i++) {
    if ((void*)(name + i + 1) > c.end) return XDP_DROP;
    __u8 byte = name[i];
    if (byte == 0) break;
    if (byte >= 'A' && byte <= 'Z') byte |= 32;
    hash = (hash ^ byte) * 16777619u;
  }
  __u32* n = bpf_map_lookup_elem(&names, &hash);
  __u32 first = 1;
  if (n) *n += 1;
  else bpf_map_update_elem(&names, &hash, &first, BPF_ANY);
  return i == 100 ? XDP_DROP : XDP_PASS;
}
