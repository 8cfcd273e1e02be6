// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads headers with bpf_skb_load_bytes, as programs do that must not touch the packet.
#include "net.h"

MAP(ARRAY, errors, 3, __u32, __u64);

SEC("tc")
int load_bytes(struct __sk_buff* skb) {
  struct ethhdr eth;
  if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth))) return TC_ACT_SHOT;
  if (eth.h_proto != bpf_htons(ETH_P_IP)) return TC_ACT_OK;
  struct iphdr ip;
  if (bpf_skb_load_bytes(skb, 14, &ip, sizeof(ip))) {
    count(&errors, 0);
    return TC_ACT_SHOT;
  }
  __u8 last;
  if (bpf_skb_load_bytes(skb, skb->len - 1, &last, 1)) count(&errors, 1);
  if (bpf_skb_load_bytes(skb, skb->len, &last, 1)) count(&errors, 2);
  __be16 ports[2] = {};
  bpf_skb_load_bytes(skb, 14 + ip.ihl * 4, ports, 4);
  return (ports[0] ^ ports[1] ^ last) & bpf_htons(1) ? TC_ACT_PIPE : TC_ACT_OK;
}
