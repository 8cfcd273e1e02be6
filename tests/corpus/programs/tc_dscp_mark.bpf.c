// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mark and priority from the DSCP, read back from the context.
#include "net.h"

SEC("tc")
int dscp_mark(struct __sk_buff* skb) {
  struct cursor c = CURSOR(skb);
  const __u16 type = ether_type(&c);
  __u32 class = 0;
  if (type == ETH_P_IP) {
    struct iphdr* ip = take_ipv4(&c);
    if (!ip) return TC_ACT_SHOT;
    class = ip->tos >> 2;
  } else if (type == ETH_P_IPV6) {
    __u8* ip = take(&c, 40);
    if (!ip) return TC_ACT_SHOT;
    class = ((ip[0] & 15) << 4 | ip[1] >> 4) >> 2;
  }
  skb->mark = class << 8 | 1;
  skb->priority = class & 7;
  return skb->mark & 0x1000 ? TC_ACT_RECLASSIFY : skb->priority ? TC_ACT_PIPE : TC_ACT_OK;
}
