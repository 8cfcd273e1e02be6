// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// program: start
//
// Rounds by tail calls: a program that enters itself for each byte it adds up, as often as the first byte of the
// IPv4 identification says, which is more than the kernel allows for some packets.
#include "net.h"

int start(struct __sk_buff* skb);
int again(struct __sk_buff* skb);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __array(values, int(void*));
} rounds SEC(".maps") = {.values = {[1] = (void*)&again}};

MAP(ARRAY, made, 64, __u32, __u64);

SEC("tc")
int start(struct __sk_buff* skb) {
  __u8 wanted = 0;
  if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr) + 4, &wanted, 1)) return TC_ACT_SHOT;
  skb->cb[0] = wanted & 63;
  skb->cb[1] = 0;
  skb->cb[2] = 0;
  bpf_tail_call(skb, &rounds, 1);
  return TC_ACT_UNSPEC;
}

SEC("tc")
int again(struct __sk_buff* skb) {
  __u8 byte = 0;
  __u32 round = skb->cb[1];
  if (round > 63) return TC_ACT_SHOT;
  count(&made, round);
  bpf_skb_load_bytes(skb, round, &byte, 1);
  skb->cb[2] += byte * (round + 1);
  if (round < skb->cb[0]) {
    skb->cb[1] = round + 1;
    bpf_tail_call(skb, &rounds, 1);
    // The limit was reached.
    return skb->cb[2] & 0xff;
  }
  return (skb->cb[2] & 0x7f) + 256;
}
