// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Routes IPv4: the longest prefix of 600 that matches the destination names the next hop, whose
// addresses go into the frame. It leaves the time to live alone, as the kernel's sample router does.
#include "xdp.h"

enum { ROUTES = 600, HOPS = 64 };

struct prefix {
  u32 bits, address;
};
struct hop {
  u8 destination[6], source[6];
  u32 drop;
  u64 packets;
};
BENCH_MAP(LPM_TRIE, routes, struct prefix, u32, 1024, 1 /* BPF_F_NO_PREALLOC */);
BENCH_MAP(ARRAY, hops, u32, struct hop, HOPS, 0);

SEC("xdp") int router(struct xdp_md* ctx) {
  u8* data = (u8*)(long)ctx->data;
  u8* end = (u8*)(long)ctx->data_end;
  const struct ipv4_header* ip = find_ipv4(data, end);
  if (!ip) return XDP_PASS;
  if (ip->time_to_live <= 1) return XDP_PASS;
  const struct prefix prefix = {32, ip->destination};
  const u32* number = bpf_map_lookup_elem(&routes, &prefix);
  if (!number) return XDP_DROP;
  struct hop* hop = bpf_map_lookup_elem(&hops, number);
  if (!hop || hop->drop) return XDP_DROP;
  struct ethernet_header* ethernet = (struct ethernet_header*)data;
  __builtin_memcpy(ethernet, hop, 12);
  hop->packets++;
  return XDP_TX;
}

// Some of each length: 10.x.0.0/16, longer ones within them, and random ones.
SEC("xdp") int setup(struct xdp_md* ctx) {
  (void)ctx;
  for (u32 i = 0; i < HOPS; i++) {
    const u32 a = mix(i, 1), b = mix(i, 2);
    struct hop hop = {{2, 0, 0, 0, 0, 0}, {2, 1, 0, 0, 0, 0}, i % 16 == 5, 0};
    __builtin_memcpy(hop.destination + 2, &a, 4);
    __builtin_memcpy(hop.source + 2, &b, 4);
    const u32 number = i;
    bpf_map_update_elem(&hops, &number, &hop, BPF_ANY);
  }
  for (u32 i = 0; i < ROUTES; i++) {
    u32 bits, address;
    if (i < 200) {
      bits = 16, address = 10u << 24 | i << 16;
    } else if (i < 400) {
      bits = 17 + i % 12, address = 10u << 24 | (mix(i, 3) & 0xffffff);
    } else {
      bits = 4 + i % 16, address = mix(i, 4);
    }
    const struct prefix prefix = {bits, htonl(address)};
    const u32 hop = mix(i, 5) % HOPS;
    bpf_map_update_elem(&routes, &prefix, &hop, BPF_ANY);
  }
  return XDP_PASS;
}

BENCH_XDP(router, &routes, &hops);
