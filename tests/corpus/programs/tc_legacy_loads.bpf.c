// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loads of classic BPF, absolute and indirect, in each width.
#include "net.h"

unsigned long long load_byte(void*, unsigned long long) asm("llvm.bpf.load.byte");
unsigned long long load_half(void*, unsigned long long) asm("llvm.bpf.load.half");
unsigned long long load_word(void*, unsigned long long) asm("llvm.bpf.load.word");

SEC("tc")
int legacy_loads(struct __sk_buff* skb) {
  if (load_half(skb, 12) != ETH_P_IP) return TC_ACT_OK;
  const __u32 header = (load_byte(skb, 14) & 15) * 4;
  const __u32 ports = load_word(skb, 14 + header);
  return (ports >> 16 ^ ports) & 1 ? TC_ACT_PIPE : TC_ACT_RECLASSIFY;
}
