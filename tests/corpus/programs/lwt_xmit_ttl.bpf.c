// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sends with a fixed TTL.
#include "net.h"

SEC("lwt_xmit")
int lwt_xmit_ttl(struct __sk_buff* skb) {
  struct cursor c = CURSOR(skb);
  if (skb->protocol != bpf_htons(ETH_P_IP)) return BPF_OK;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return BPF_DROP;
  const __be16 before = *((__be16*)ip + 4);
  ip->ttl = 99;
  ip->check = csum_replace(ip->check, before, *((__be16*)ip + 4));
  return BPF_OK;
}
