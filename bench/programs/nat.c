// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Source NAT: connections from 10.0.0.0/8 leave from 203.0.113.1 with a port of their own, what
// comes back for that finds its way, and what nobody asked for is dropped. One table has both
// directions, so a packet that was translated and comes again is translated back, and every run does
// the same work.
#include "xdp.h"

struct endpoint {
  u32 address;
  u16 port;
  u16 protocol;
};
BENCH_MAP(HASH, bindings, struct endpoint, struct endpoint, 8192, 0);
BENCH_MAP(ARRAY, last_port, u32, u32, 1, 0);

// RFC 1624: the checksum after 16 bits of what it covers have changed.
ALWAYS_INLINE u16 adjusted(u16 checksum, u32 from, u32 to) {
  u32 sum = (u16)~checksum + (u16)~from + (u16)to;
  sum += (u16)~(from >> 16) + (to >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (u16)~sum;
}

ALWAYS_INLINE int translate(struct ipv4_header* ip, u32* address, u16* port, u8* transport,
                            u8* end, const struct endpoint* to) {
  u16* checksum = (u16*)(transport + (ip->protocol == PROTOCOL_TCP ? 16 : 6));
  if ((u8*)(checksum + 1) > end) return XDP_PASS;
  ip->checksum = adjusted(ip->checksum, *address, to->address);
  *checksum = adjusted(adjusted(*checksum, *address, to->address), *port, to->port);
  *address = to->address;
  *port = to->port;
  return XDP_TX;
}

SEC("xdp") int nat(struct xdp_md* ctx) {
  u8* data = (u8*)(long)ctx->data;
  u8* end = (u8*)(long)ctx->data_end;
  struct ipv4_header* ip = find_ipv4(data, end);
  if (!ip) return XDP_PASS;
  struct ports* ports = find_ports(ip, end);
  if (!ports) return XDP_PASS;

  const struct endpoint source = {ip->source, ports->source, ip->protocol};
  const struct endpoint* binding = bpf_map_lookup_elem(&bindings, &source);
  if (binding) return translate(ip, &ip->source, &ports->source, (u8*)ports, end, binding);
  if ((ip->source & htonl(0xff000000)) == htonl(0x0a000000)) {
    const u32 zero = 0;
    u32* last = bpf_map_lookup_elem(&last_port, &zero);
    if (!last) return XDP_ABORTED;
    *last = *last + 1;
    const u16 port = (u16)(1024 + (*last & 0x7fff));
    const struct endpoint outside = {htonl(0xcb007101), ntohs(port), ip->protocol};
    if (bpf_map_update_elem(&bindings, &source, &outside, BPF_NOEXIST) != 0) return XDP_DROP;
    if (bpf_map_update_elem(&bindings, &outside, &source, BPF_ANY) != 0) return XDP_DROP;
    return translate(ip, &ip->source, &ports->source, (u8*)ports, end, &outside);
  }
  const struct endpoint destination = {ip->destination, ports->destination, ip->protocol};
  binding = bpf_map_lookup_elem(&bindings, &destination);
  if (binding) return translate(ip, &ip->destination, &ports->destination, (u8*)ports, end, binding);
  return XDP_DROP;
}

SEC("xdp") int setup(struct xdp_md* ctx) {
  (void)ctx;
  return XDP_PASS;
}

BENCH_XDP(nat, &bindings, &last_port);
