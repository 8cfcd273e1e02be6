// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Longest prefix of the source decides: 0 drops, 1 passes, others send back.
// setup: rules 080000000a000000 01000000
// setup: rules 180000000a000000 00000000
// setup: rules 200000000a000003 02000000
// setup: rules 10000000c0a80000 00000000
#include "net.h"

struct prefix {
  __u32 length;
  __be32 address;
};
TRIE(rules, 64, struct prefix, __u32);
MAP(ARRAY, verdicts, 4, __u32, __u64);

SEC("xdp")
int lpm_firewall(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return XDP_DROP;
  struct prefix key = {32, ip->saddr};
  __u32* rule = bpf_map_lookup_elem(&rules, &key);
  count(&verdicts, rule ? *rule & 3 : 3);
  if (!rule) return XDP_PASS;
  return *rule == 0 ? XDP_DROP : *rule == 1 ? XDP_PASS : XDP_TX;
}
