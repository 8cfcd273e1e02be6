// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A stateless cookie over the flow: SYNs are answered with it, ACKs checked for it.
#include "net.h"

const volatile __u32 secret = 0x5eed1234;
MAP(ARRAY, outcome, 3, __u32, __u64);

NOINLINE __u32 cookie(const struct flow* f) {
  return mix(f->source ^ secret, f->destination, (__u32)f->sport << 16 | f->dport);
}

SEC("xdp")
int syn_cookie(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = c.at;
  if ((void*)(eth + 1) > c.end || eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  c.at = eth + 1;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_TCP) return XDP_PASS;
  struct tcphdr* tcp = take(&c, sizeof(*tcp));
  if (!tcp) return XDP_PASS;
  struct flow flow = {ip->saddr, ip->daddr, tcp->source, tcp->dest, IPPROTO_TCP};
  const __u32 wanted = cookie(&flow);
  if (tcp->syn && !tcp->ack) {
    count(&outcome, 0);
    swap_mac(eth);
    ip->saddr = flow.destination;
    ip->daddr = flow.source;
    tcp->source = flow.dport;
    tcp->dest = flow.sport;
    const __be32 old_ack = tcp->ack_seq, old_seq = tcp->seq;
    tcp->ack_seq = bpf_htonl(bpf_ntohl(old_seq) + 1);
    tcp->seq = bpf_htonl(wanted);
    tcp->check = csum_replace32(tcp->check, old_ack, tcp->ack_seq);
    tcp->check = csum_replace32(tcp->check, old_seq, tcp->seq);
    __be16* word = (__be16*)tcp + 6;
    const __be16 before = *word;
    tcp->ack = 1;
    tcp->check = csum_replace(tcp->check, before, *word);
    return XDP_TX;
  }
  if (!tcp->ack) return XDP_PASS;
  const int good = bpf_ntohl(tcp->ack_seq) == wanted + 1;
  count(&outcome, good ? 1 : 2);
  return good ? XDP_PASS : XDP_DROP;
}
