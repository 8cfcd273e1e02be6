// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the context says of each packet: lengths, protocol, kind, interface.
#include "net.h"

struct fields {
  __u32 length, protocol, kind, interface, mark, queue, vlan, packets;
};
MAP(HASH, seen, 64, __u32, struct fields);

SEC("tc")
int context(struct __sk_buff* skb) {
  __u32 key = skb->protocol << 8 | skb->pkt_type;
  struct fields* known = bpf_map_lookup_elem(&seen, &key);
  if (known) {
    known->packets++;
    known->length += skb->len;
    return TC_ACT_OK;
  }
  struct fields first = {skb->len, skb->protocol, skb->pkt_type, skb->ifindex, skb->mark,
                         skb->queue_mapping, skb->vlan_present, 1};
  bpf_map_update_elem(&seen, &key, &first, BPF_ANY);
  return skb->ingress_ifindex ? TC_ACT_SHOT : TC_ACT_OK;
}
