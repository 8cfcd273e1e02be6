// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts packets and bytes of every flow in a hash map.
#include "xdp.h"

struct flow {
  u32 source, destination;
  u16 source_port, destination_port;
  u32 protocol;
};
struct count {
  u64 packets, bytes;
};
BENCH_MAP(HASH, flows, struct flow, struct count, 4096, 0);

SEC("xdp") int counters(struct xdp_md* ctx) {
  u8* data = (u8*)(long)ctx->data;
  u8* end = (u8*)(long)ctx->data_end;
  const struct ipv4_header* ip = find_ipv4(data, end);
  if (!ip) return XDP_DROP;
  struct flow flow = {ip->source, ip->destination, 0, 0, ip->protocol};
  const struct ports* ports = find_ports((struct ipv4_header*)ip, end);
  if (ports) {
    flow.source_port = ports->source;
    flow.destination_port = ports->destination;
  }
  struct count* count = bpf_map_lookup_elem(&flows, &flow);
  if (count) {
    count->packets++;
    count->bytes += (u64)(end - data);
    return XDP_PASS;
  }
  const struct count first = {1, (u64)(end - data)};
  return bpf_map_update_elem(&flows, &flow, &first, BPF_NOEXIST) == 0 ? XDP_PASS : XDP_ABORTED;
}

// Flows are found when their first packet comes.
SEC("xdp") int setup(struct xdp_md* ctx) {
  (void)ctx;
  return XDP_PASS;
}

BENCH_XDP(counters, &flows);
