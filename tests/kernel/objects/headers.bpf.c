/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Headers of variable length. */
#include "common.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, __u64);
} counts SEC(".maps");

static __always_inline void count(__u32 key) {
  __u64 *value = bpf_map_lookup_elem(&counts, &key);
  if (value) __sync_fetch_and_add(value, 1);
}

SEC("xdp") int tcp_ports(struct xdp_md *xdp) {
  PACKET(xdp);
  struct ethhdr *eth = (void *)data;
  if ((void *)(eth + 1) > (void *)end || eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  struct iphdr *ip = (void *)(eth + 1);
  if ((void *)(ip + 1) > (void *)end || ip->protocol != IPPROTO_TCP || ip->ihl < 5) return XDP_PASS;
  struct tcphdr *tcp = (void *)ip + ip->ihl * 4;
  if ((void *)(tcp + 1) > (void *)end) return XDP_PASS;
  unsigned char *payload = (void *)tcp + tcp->doff * 4;
  if (payload + 4 > end) return XDP_PASS;
  count(payload[0]);
  return tcp->dest == bpf_htons(80) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int udp_payload(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 42 > end) return XDP_PASS;
  struct iphdr *ip = (void *)data + 14;
  if (ip->protocol != IPPROTO_UDP) return XDP_PASS;
  struct udphdr *udp = (void *)ip + ip->ihl * 4;
  if ((void *)(udp + 1) > (void *)end) return XDP_PASS;
  unsigned char *payload = (void *)(udp + 1);
  __u32 sum = 0;
  for (int i = 0; i < 16; ++i) {
    if (payload + i + 1 > end) break;
    sum += payload[i];
  }
  count(sum & 255);
  return XDP_PASS;
}

SEC("xdp") int ipv6_extensions(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 54 > end) return XDP_PASS;
  struct ipv6hdr *ip = (void *)data + 14;
  __u8 next = ip->nexthdr;
  unsigned char *at = (void *)(ip + 1);
#pragma unroll
  for (int i = 0; i < 6; ++i) {
    if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS) break;
    if (at + 2 > end) return XDP_DROP;
    next = at[0];
    at += (at[1] + 1) * 8;
  }
  if (at + 4 > end) return XDP_DROP;
  count(next);
  return *(__u16 *)at == 53 ? XDP_DROP : XDP_PASS;
}

/* Two tags, then whatever is inside. */
SEC("xdp") int vlan(struct xdp_md *xdp) {
  PACKET(xdp);
  unsigned char *at = data + 12;
  if (at + 2 > end) return XDP_PASS;
  __u16 type = *(__u16 *)at;
  for (int i = 0; i < 2; ++i) {
    if (type != bpf_htons(0x8100) && type != bpf_htons(0x88a8)) break;
    at += 4;
    if (at + 2 > end) return XDP_DROP;
    type = *(__u16 *)at;
  }
  count(type >> 8);
  return XDP_PASS;
}

SEC("xdp") int tcp_options(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 54 > end) return XDP_PASS;
  unsigned char *at = data + 54;
  __u32 mss = 0;
  for (int i = 0; i < 10; ++i) {
    if (at + 1 > end) break;
    __u8 kind = *at;
    if (kind == 0) break;
    if (kind == 1) {
      at += 1;
      continue;
    }
    if (at + 2 > end) break;
    __u8 length = at[1];
    if (length < 2) break;
    if (kind == 2 && at + 4 <= end) mss = at[2] << 8 | at[3];
    at += length;
  }
  count(mss & 255);
  return XDP_PASS;
}

SEC("tc") int at_tc(struct __sk_buff *skb) {
  PACKET(skb);
  if (data + 34 > end) return 0;
  struct iphdr *ip = (void *)data + 14;
  skb->mark = ip->tos;
  skb->cb[0] = skb->len;
  return skb->protocol == bpf_htons(ETH_P_IP) ? 0 : 2;
}

SEC("cgroup_skb/egress") int at_cgroup(struct __sk_buff *skb) {
  PACKET(skb);
  if (data + 20 > end) return 1;
  struct iphdr *ip = (void *)data;
  return ip->daddr != bpf_htonl(0x0a000001);
}

SEC("socket") int at_socket(struct __sk_buff *skb) {
  __u8 header[14];
  if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)) < 0) return 0;
  count(header[13]);
  return skb->len;
}
