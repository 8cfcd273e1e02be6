// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the programs of the corpus share: a cursor over the packet, headers, checksums, hashes.
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define INLINE static __always_inline
#define NOINLINE static __attribute__((noinline))

char _license[] SEC("license") = "GPL";

// <linux/icmp.h> needs a C library.
struct icmphdr {
  __u8 type, code;
  __be16 checksum, id, sequence;
};
#define ICMP_ECHOREPLY 0
#define ICMP_ECHO 8

struct vlan_tag {
  __be16 tci, type;
};

struct cursor {
  void *at, *end;
};

// The next `size` bytes, or null.
INLINE void* take(struct cursor* c, __u32 size) {
  void* p = c->at;
  if (p + size > c->end) return 0;
  c->at = p + size;
  return p;
}

#define CURSOR(ctx) {(void*)(long)(ctx)->data, (void*)(long)(ctx)->data_end}

// The EtherType behind up to two VLAN tags, in host order; 0 if the frame is cut short.
INLINE __u16 ether_type(struct cursor* c) {
  struct ethhdr* eth = take(c, sizeof(*eth));
  if (!eth) return 0;
  __be16 type = eth->h_proto;
#pragma unroll
  for (int i = 0; i < 2; i++) {
    if (type != bpf_htons(0x8100) && type != bpf_htons(0x88a8)) break;
    struct vlan_tag* tag = take(c, sizeof(*tag));
    if (!tag) return 0;
    type = tag->type;
  }
  return bpf_ntohs(type);
}

// The IPv4 header, with the cursor behind its options; null if it is none or cut short.
INLINE struct iphdr* take_ipv4(struct cursor* c) {
  struct iphdr* ip = c->at;
  if ((void*)(ip + 1) > c->end || ip->version != 4 || ip->ihl < 5) return 0;
  c->at = (void*)ip + ip->ihl * 4;
  return ip;
}

struct flow {
  __be32 source, destination;
  __be16 sport, dport;
  __u32 protocol;
};

// The flow of a TCP or UDP packet over IPv4 that is no later fragment.
INLINE int take_flow(struct cursor* c, struct flow* flow) {
  if (ether_type(c) != ETH_P_IP) return 0;
  struct iphdr* ip = take_ipv4(c);
  if (!ip || (ip->frag_off & bpf_htons(0x1fff))) return 0;
  if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP) return 0;
  __be16* ports = take(c, 4);
  if (!ports) return 0;
  flow->source = ip->saddr;
  flow->destination = ip->daddr;
  flow->sport = ports[0];
  flow->dport = ports[1];
  flow->protocol = ip->protocol;
  return 1;
}

INLINE __u16 fold(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

// RFC 1624: the checksum after a 16-bit word changed.
INLINE __u16 csum_replace(__u16 check, __u16 from, __u16 to) {
  return ~fold((__u64)(__u16)~check + (__u16)~from + to);
}
INLINE __u16 csum_replace32(__u16 check, __u32 from, __u32 to) {
  return csum_replace(csum_replace(check, from, to), from >> 16, to >> 16);
}

INLINE __u16 ip_checksum(struct iphdr* ip) {
  __u64 sum = 0;
  __u16* words = (__u16*)ip;
#pragma unroll
  for (int i = 0; i < 10; i++) sum += words[i];
  return ~fold(sum);
}

INLINE __u32 rotate(__u32 x, int by) {
  return x << by | x >> (32 - by);
}

// Bob Jenkins' final mix.
INLINE __u32 mix(__u32 a, __u32 b, __u32 c) {
  c ^= b, c -= rotate(b, 14);
  a ^= c, a -= rotate(c, 11);
  b ^= a, b -= rotate(a, 25);
  c ^= b, c -= rotate(b, 16);
  a ^= c, a -= rotate(c, 4);
  b ^= a, b -= rotate(a, 14);
  c ^= b, c -= rotate(b, 24);
  return c;
}

INLINE __u32 flow_hash(const struct flow* f) {
  return mix(f->source, f->destination, (__u32)f->sport << 16 | f->dport) ^ f->protocol;
}

INLINE void swap_mac(struct ethhdr* eth) {
  unsigned char t[ETH_ALEN];
  __builtin_memcpy(t, eth->h_source, ETH_ALEN);
  __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
  __builtin_memcpy(eth->h_dest, t, ETH_ALEN);
}

#define MAP(kind, name, entries, key_type, value_type) \
  struct {                                             \
    __uint(type, BPF_MAP_TYPE_##kind);                 \
    __uint(max_entries, entries);                      \
    __type(key, key_type);                             \
    __type(value, value_type);                         \
  } name SEC(".maps")

#define TRIE(name, entries, key_type, value_type) \
  struct {                                        \
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);          \
    __uint(max_entries, entries);                 \
    __uint(map_flags, BPF_F_NO_PREALLOC);         \
    __type(key, key_type);                        \
    __type(value, value_type);                    \
  } name SEC(".maps")

#define QUEUE(kind, name, entries, value_type) \
  struct {                                     \
    __uint(type, BPF_MAP_TYPE_##kind);         \
    __uint(max_entries, entries);              \
    __type(value, value_type);                 \
  } name SEC(".maps")

INLINE void count(void* map, __u32 slot) {
  __u64* n = bpf_map_lookup_elem(map, &slot);
  if (n) __sync_fetch_and_add(n, 1);
}
