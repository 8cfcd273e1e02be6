// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A learning bridge: where a MAC address was seen last, and whether the destination is known.
#include "net.h"

struct station {
  __u32 port, frames;
};
struct mac {
  __u8 bytes[6];
  __u16 vlan;
};
MAP(LRU_HASH, stations, 128, struct mac, struct station);

SEC("xdp")
int bridge(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth) return XDP_DROP;
  struct mac key = {};
  __builtin_memcpy(key.bytes, eth->h_source, 6);
  struct vlan_tag* tag = c.at;
  if (eth->h_proto == bpf_htons(0x8100) && (void*)(tag + 1) <= c.end)
    key.vlan = bpf_ntohs(tag->tci) & 4095;
  struct station* known = bpf_map_lookup_elem(&stations, &key);
  if (known) {
    known->frames++;
  } else {
    struct station fresh = {ctx->ingress_ifindex, 1};
    bpf_map_update_elem(&stations, &key, &fresh, BPF_ANY);
  }
  if (eth->h_dest[0] & 1) return XDP_PASS;
  __builtin_memcpy(key.bytes, eth->h_dest, 6);
  return bpf_map_lookup_elem(&stations, &key) ? XDP_TX : XDP_PASS;
}
