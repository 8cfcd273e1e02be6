// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts IPv4 packets by protocol (TCP, UDP, other) in an array, and by source address in a hash:
// the socket filter that eBPF was introduced with in 2014, as an XDP program. It is written for the
// kernel and knows nothing of weir.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { kTcp, kUdp, kOther, kKinds };

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, kKinds);
  __type(key, __u32);
  __type(value, __u64);
} protocols SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);
  __type(value, __u64);
} sources SEC(".maps");

SEC("xdp")
int count(struct xdp_md* ctx) {
  void* const data = (void*)(long)ctx->data;
  void* const end = (void*)(long)ctx->data_end;
  const struct ethhdr* ethernet = data;
  if ((void*)(ethernet + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  const struct iphdr* ip = (void*)(ethernet + 1);
  if ((void*)(ip + 1) > end) return XDP_PASS;

  __u32 kind = ip->protocol == IPPROTO_TCP ? kTcp : ip->protocol == IPPROTO_UDP ? kUdp : kOther;
  __u64* packets = bpf_map_lookup_elem(&protocols, &kind);
  if (packets) __sync_fetch_and_add(packets, 1);

  __u32 source = ip->saddr;
  packets = bpf_map_lookup_elem(&sources, &source);
  if (packets) {
    __sync_fetch_and_add(packets, 1);
  } else {
    const __u64 one = 1;
    bpf_map_update_elem(&sources, &source, &one, BPF_NOEXIST);
  }
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
