// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Negative offsets: the Ethernet header before, and the IP header by name.
#include "net.h"

unsigned long long load_byte(void*, unsigned long long) asm("llvm.bpf.load.byte");
unsigned long long load_half(void*, unsigned long long) asm("llvm.bpf.load.half");

SEC("socket")
int link_layer(struct __sk_buff* skb) {
  const __u32 type = load_half(skb, -0x200000 + 12);
  const __u32 first = load_byte(skb, -0x100000);
  return type == ETH_P_IP || type == ETH_P_IPV6 ? first + 1 : type;
}
