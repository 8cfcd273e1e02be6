// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Snap lengths by packet length.
#include "net.h"

SEC("socket")
int truncate(struct __sk_buff* skb) {
  return skb->len > 1000 ? 96 : skb->len > 100 ? skb->len / 2 : -1;
}
