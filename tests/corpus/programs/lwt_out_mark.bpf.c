// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A route that marks by protocol.
#include "net.h"

SEC("lwt_out")
int lwt_out_mark(struct __sk_buff* skb) {
  struct cursor c = CURSOR(skb);
  __u8* ip = take(&c, 20);
  skb->mark = ip ? ip[9] : 0;
  skb->priority = skb->len & 7;
  return skb->mark == IPPROTO_UDP && skb->priority < 4 ? BPF_DROP : BPF_OK;
}
