// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A socket filter that counts packets by protocol: TCP, UDP and all others, over IPv4 and IPv6. What
// eBPF was introduced with in 2014: the packet is read with the legacy loads (BPF_LD | BPF_ABS) that
// came from classic BPF, and the counts are in a map that another process reads meanwhile. A socket
// filter sees a packet from its IP header on; what lies before is reached at negative offsets.
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/in.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

// clang's own names for the legacy loads; results are in the machine's byte order.
unsigned long long load_byte(void* skb, unsigned long long offset) asm("llvm.bpf.load.byte");

enum kind { kTcp, kUdp, kOther, kKinds };

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, kKinds);
  __type(key, __u32);
  __type(value, __u64);
} protocols SEC(".maps");

SEC("socket")
int sockex(struct __sk_buff* skb) {
  __u8 protocol = 0;
  if (skb->protocol == bpf_htons(ETH_P_IP)) {
    protocol = load_byte(skb, 9);
  } else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
    protocol = load_byte(skb, 6);
  }
  __u32 kind = protocol == IPPROTO_TCP ? kTcp : protocol == IPPROTO_UDP ? kUdp : kOther;
  __u64* packets = bpf_map_lookup_elem(&protocols, &kind);
  if (packets) __sync_fetch_and_add(packets, 1);
  return -1;  // keep all of the packet
}

char _license[] SEC("license") = "GPL";
