// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prefixes of IPv6 destinations, learned from the packets: /64 of each source.
#include "net.h"

struct prefix {
  __u32 length;
  __u8 address[16];
};
TRIE(seen, 128, struct prefix, __u32);

SEC("xdp")
int lpm_v6(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IPV6) return XDP_PASS;
  struct ipv6hdr* ip = take(&c, sizeof(*ip));
  if (!ip) return XDP_DROP;
  struct prefix key = {128};
  __builtin_memcpy(key.address, &ip->daddr, 16);
  __u32* known = bpf_map_lookup_elem(&seen, &key);
  if (known) {
    *known += 1;
    return XDP_TX;
  }
  key.length = 64;
  __builtin_memcpy(key.address, &ip->saddr, 16);
  __u32 one = 1;
  bpf_map_update_elem(&seen, &key, &one, BPF_ANY);
  return XDP_PASS;
}
