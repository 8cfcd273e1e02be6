// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pads short frames with zeros to 60 bytes, the Ethernet minimum without the checksum: what the
// driver of a network card does, and a veth pair does not. make_capture.sh attaches it with tc to
// what the hosts send.

#define SEC(name) __attribute__((section(name), used))

// From linux/bpf.h: the first field of the context, and the helper that sets the frame's length.
struct __sk_buff {
  unsigned int len;
};
static long (*bpf_skb_change_tail)(struct __sk_buff* skb, unsigned int length,
                                   unsigned long long flags) = (void*)38;

SEC("tc")
int pad_frames(struct __sk_buff* skb) {
  if (skb->len < 60) bpf_skb_change_tail(skb, 60, 0);
  return 0;  // TC_ACT_OK
}

static char _license[] SEC("license") = "Dual BSD/GPL";
