// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The classic socket filter: legacy loads from the IP header on.
#include "net.h"

unsigned long long load_byte(void*, unsigned long long) asm("llvm.bpf.load.byte");
unsigned long long load_half(void*, unsigned long long) asm("llvm.bpf.load.half");
MAP(ARRAY, protocols, 256, __u32, __u64);

SEC("socket")
int protocols_of(struct __sk_buff* skb) {
  if (skb->protocol != bpf_htons(ETH_P_IP)) return 0;
  __u32 protocol = load_byte(skb, 9);
  count(&protocols, protocol);
  return load_half(skb, 2);
}
