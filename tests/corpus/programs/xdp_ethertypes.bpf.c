// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A hash of EtherTypes with the smallest and largest frame of each.
#include "net.h"

struct sizes {
  __u32 smallest, largest, frames;
};
MAP(HASH, types, 32, __u16, struct sizes);

SEC("xdp")
int ethertypes(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  __u16 type = ether_type(&c);
  const __u32 length = ctx->data_end - ctx->data;
  struct sizes* s = bpf_map_lookup_elem(&types, &type);
  if (s) {
    if (length < s->smallest) s->smallest = length;
    if (length > s->largest) s->largest = length;
    s->frames++;
    return XDP_PASS;
  }
  struct sizes first = {length, length, 1};
  return bpf_map_update_elem(&types, &type, &first, BPF_NOEXIST) ? XDP_DROP : XDP_PASS;
}
