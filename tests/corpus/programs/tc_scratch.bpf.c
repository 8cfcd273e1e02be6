// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cb[] as scratch space, and the class id.
#include "net.h"

SEC("tc")
int scratch(struct __sk_buff* skb) {
  struct cursor c = CURSOR(skb);
  __u32* w = take(&c, 12);
  if (!w) return TC_ACT_SHOT;
#pragma unroll
  for (int i = 0; i < 5; i++) skb->cb[i] = w[i % 3] * (i + 1);
  skb->tc_classid = skb->cb[4] ^ skb->cb[0];
  skb->tc_index = skb->cb[1];
  return (skb->tc_classid ^ skb->tc_index) & 1 ? TC_ACT_OK : TC_ACT_STOLEN;
}
