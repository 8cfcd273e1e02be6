// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tail calls into a program of another hook kind, whose context is another structure.
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __array(name, value) typeof(value)* name[]

static long (*tail_call)(void* ctx, void* map, __u32 index) = (void*)BPF_FUNC_tail_call;

// Of an XDP program's context it would write what lies behind it.
SEC("tc")
int of_another_kind(struct __sk_buff* skb) {
  skb->mark = 0x41414141;
  skb->cb[4] = 0x42424242;
  return 77;
}

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __uint(key_size, 4);
  __array(values, int(void*));
} next SEC(".maps") = {.values = {[1] = (void*)&of_another_kind}};

SEC("xdp")
int from_xdp(struct xdp_md* ctx) {
  tail_call(ctx, &next, 1);
  return XDP_DROP;
}

// The same structure, but members that this kind may not write.
SEC("socket")
int from_socket(struct __sk_buff* skb) {
  tail_call(skb, &next, 1);
  return 5;
}

char _license[] SEC("license") = "GPL";
