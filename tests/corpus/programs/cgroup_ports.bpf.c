// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A cgroup that may speak to a few ports only.
#include "net.h"

MAP(ARRAY, outcome, 2, __u32, __u64);

SEC("cgroup_skb/egress")
int cgroup_ports(struct __sk_buff* skb) {
  struct cursor c = CURSOR(skb);
  if (skb->protocol != bpf_htons(ETH_P_IP)) return 1;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return 0;
  if (ip->protocol != IPPROTO_UDP) return 1;
  struct udphdr* udp = take(&c, sizeof(*udp));
  const int good = udp && (udp->dest == bpf_htons(53) || udp->dest == bpf_htons(123));
  count(&outcome, good);
  return good;
}
