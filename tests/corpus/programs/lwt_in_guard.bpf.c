// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tunnel entry that refuses short and odd packets.
#include "net.h"

SEC("lwt_in")
int lwt_in_guard(struct __sk_buff* skb) {
  struct cursor c = CURSOR(skb);
  __u8* ip = take(&c, 20);
  if (!ip) return BPF_DROP;
  return ip[0] >> 4 == 4 && ip[8] > 1 ? BPF_OK : BPF_DROP;
}
