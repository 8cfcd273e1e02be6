// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// bpf_skb_load_bytes from the IP header on; keeps so many bytes as the headers have.
#include "net.h"

SEC("socket")
int ports(struct __sk_buff* skb) {
  __u8 first = 0;
  if (bpf_skb_load_bytes(skb, 0, &first, 1)) return 0;
  const __u32 header = first >> 4 == 4 ? (first & 15) * 4 : first >> 4 == 6 ? 40 : 0;
  __be16 port[2];
  if (!header || bpf_skb_load_bytes(skb, header, port, 4)) return 1;
  return port[1] == bpf_htons(53) ? 0 : header + 8;
}
