// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes in and out by remote address, as the socket says it.
#include "net.h"

MAP(HASH, remote, 128, __u32, __u64);

SEC("cgroup_skb/ingress")
int cgroup_bytes(struct __sk_buff* skb) {
  const __u32 remote_ip4 = *(volatile __u32*)&skb->remote_ip4;
  const __u32 remote_ip6 = *(volatile __u32*)&skb->remote_ip6[3];
  __u32 address = skb->family == 2 ? remote_ip4 : skb->family == 10 ? remote_ip6 : 0;
  __u64 length = skb->len, *n = bpf_map_lookup_elem(&remote, &address);
  if (n) *n += length;
  else bpf_map_update_elem(&remote, &address, &length, BPF_ANY);
  return skb->local_port == 0;
}
