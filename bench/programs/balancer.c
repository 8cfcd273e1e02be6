// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A load balancer as Maglev and Katran have it: the hash of the connection picks an entry of a table
// whose size is a prime, the entry names a server, and its address goes into the frame.
#include "xdp.h"

enum { ENTRIES = 4099, SERVERS = 100 };

struct server {
  u8 destination[6];
  u16 drained;
  u64 packets, bytes;
};
BENCH_MAP(ARRAY, table, u32, u32, ENTRIES, 0);
BENCH_MAP(ARRAY, servers, u32, struct server, SERVERS, 0);

SEC("xdp") int balancer(struct xdp_md* ctx) {
  u8* data = (u8*)(long)ctx->data;
  u8* end = (u8*)(long)ctx->data_end;
  struct ipv4_header* ip = find_ipv4(data, end);
  if (!ip) return XDP_PASS;
  const struct ports* ports = find_ports(ip, end);
  if (!ports) return XDP_PASS;

  const u32 both = (u32)ports->source << 16 | ports->destination;
  const u32 entry = mix(mix(ip->source, ip->destination), both ^ ip->protocol) % ENTRIES;
  const u32* number = bpf_map_lookup_elem(&table, &entry);
  if (!number) return XDP_ABORTED;
  struct server* server = bpf_map_lookup_elem(&servers, number);
  if (!server || server->drained) return XDP_DROP;
  __builtin_memcpy(data, server->destination, 6);
  server->packets++;
  server->bytes += (u64)(end - data);
  return XDP_TX;
}

SEC("xdp") int setup(struct xdp_md* ctx) {
  (void)ctx;
  for (u32 i = 0; i < SERVERS; i++) {
    const u32 a = mix(i, 1);
    struct server server = {{2, 0, 0, 0, 0, 0}, i % 20 == 3, 0, 0};
    __builtin_memcpy(server.destination + 2, &a, 4);
    const u32 number = i;
    bpf_map_update_elem(&servers, &number, &server, BPF_ANY);
  }
  for (u32 i = 0; i < ENTRIES; i++) {
    const u32 server = mix(i, 2) % SERVERS;
    const u32 entry = i;
    bpf_map_update_elem(&table, &entry, &server, BPF_ANY);
  }
  return XDP_PASS;
}

BENCH_XDP(balancer, &table, &servers);
