// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Clears the DSCP and keeps ECN, with the checksum.
#include "net.h"

SEC("tc")
int dscp_rewrite(struct __sk_buff* skb) {
  struct cursor c = CURSOR(skb);
  if (ether_type(&c) != ETH_P_IP) return TC_ACT_OK;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return TC_ACT_SHOT;
  const __be16 before = *(__be16*)ip;
  ip->tos &= 3;
  ip->check = csum_replace(ip->check, before, *(__be16*)ip);
  return TC_ACT_OK;
}
