// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packets and bytes by IP protocol.
#include "net.h"

struct traffic {
  __u64 packets, bytes;
};
MAP(ARRAY, protocols, 256, __u32, struct traffic);

SEC("xdp")
int protocol_count(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  const __u16 type = ether_type(&c);
  __u32 protocol = 255;
  if (type == ETH_P_IP) {
    struct iphdr* ip = take_ipv4(&c);
    if (ip) protocol = ip->protocol;
  } else if (type == ETH_P_IPV6) {
    struct ipv6hdr* ip = take(&c, sizeof(*ip));
    if (ip) protocol = ip->nexthdr;
  }
  struct traffic* t = bpf_map_lookup_elem(&protocols, &protocol);
  if (!t) return XDP_ABORTED;
  __sync_fetch_and_add(&t->packets, 1);
  __sync_fetch_and_add(&t->bytes, ctx->data_end - ctx->data);
  return XDP_PASS;
}
