// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A stateless firewall: rules on addresses, protocol, ports and TCP flags, tried from top to bottom;
// the first that matches decides. Returns the number of the rule that dropped the packet, or PASS.
#include "packet.h"

// 10.0.0.0/8 as a prefix test on an address in network order.
#define IN(address, prefix, bits) (((address) & htonl(~0u << (32 - (bits)))) == htonl(prefix))

#define IPV4(a, b, c, d) ((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))

enum { SYN = 0x02, ACK = 0x10 };

struct flow {
  u32 source, destination;  // network order
  u16 source_port, destination_port;
  u8 protocol, flags;
};

ALWAYS_INLINE u64 rules_ipv4(const struct flow* f) {
  if (f->source == f->destination) return 1;                                       // land attack
  if (IN(f->source, IPV4(127, 0, 0, 0), 8)) return 2;                              // from outside?
  if (IN(f->source, IPV4(224, 0, 0, 0), 4)) return 3;                              // multicast
  if (f->source == 0xffffffff) return 4;                                           // broadcast
  if (f->protocol == PROTOCOL_TCP && f->destination_port == 443) return PASS;
  if (f->protocol == PROTOCOL_TCP && f->destination_port == 80) return PASS;
  if (f->protocol == PROTOCOL_UDP && f->destination_port == 53) return PASS;
  if (f->protocol == PROTOCOL_UDP && f->source_port == 53) return PASS;
  if (f->protocol == PROTOCOL_TCP && f->destination_port == 22) {
    return IN(f->source, IPV4(10, 0, 0, 0), 8) ? PASS : 5;
  }
  if (f->protocol == PROTOCOL_TCP && f->destination_port >= 135 && f->destination_port <= 139) return 6;
  if (f->protocol == PROTOCOL_UDP && f->source_port == 1900) return 7;
  if (IN(f->destination, IPV4(192, 168, 66, 0), 24)) return 8;
  // A connection may be opened to the outside only.
  if (f->protocol == PROTOCOL_TCP && (f->flags & (SYN | ACK)) == SYN &&
      !IN(f->source, IPV4(10, 0, 0, 0), 8)) {
    return 9;
  }
  if (f->destination_port < 1024 && f->protocol != 1) return 10;
  return PASS;
}

ALWAYS_INLINE u64 rules_ipv6(const struct ipv6_header* ip, const struct flow* f) {
  if (ip->source[0] == 0xff) return 11;                                            // multicast
  if (ip->source[0] == 0x20 && ip->source[1] == 0x02) return 12;                   // 6to4
  if (f->protocol == PROTOCOL_TCP && (f->destination_port == 443 || f->destination_port == 80)) return PASS;
  if (f->protocol == PROTOCOL_UDP && (f->destination_port == 53 || f->source_port == 53)) return PASS;
  if (f->protocol == 58) return ip->hop_limit == 255 ? PASS : 13;                  // ICMPv6
  if (ip->destination[0] == 0xfe && (ip->destination[1] & 0xc0) == 0x80) return 14;  // link-local
  if (f->protocol == PROTOCOL_TCP && (f->flags & (SYN | ACK)) == SYN) return 15;
  return PASS;
}

SEC("filter/frame")
u64 firewall(void* data, u64 len) {
  const u8* end = (const u8*)data + len;
  const struct ethernet_header* ethernet = data;
  if ((const u8*)(ethernet + 1) > end) return 16;

  const u8* ip = (const u8*)(ethernet + 1);
  const u8* l4;
  struct flow f = {0, 0, 0, 0, 0, 0};
  const u16 type = ntohs(ethernet->ethertype);
  if (type == ETHERTYPE_IPV4) {
    const struct ipv4_header* v4 = (const struct ipv4_header*)ip;
    if ((const u8*)(v4 + 1) > end) return 16;
    const u32 size = (v4->version_and_length & 15u) * 4;
    if (size < sizeof *v4) return 16;
    if ((ntohs(v4->fragment) & 0x1fff) != 0) return PASS;
    f.source = v4->source;
    f.destination = v4->destination;
    f.protocol = v4->protocol;
    l4 = ip + size;
  } else if (type == ETHERTYPE_IPV6) {
    const struct ipv6_header* v6 = (const struct ipv6_header*)ip;
    if ((const u8*)(v6 + 1) > end) return 16;
    f.protocol = v6->next_header;
    l4 = ip + sizeof *v6;
  } else {
    return PASS;
  }

  if (f.protocol == PROTOCOL_TCP) {
    const struct tcp_header* tcp = (const struct tcp_header*)l4;
    if ((const u8*)(tcp + 1) > end) return 17;
    f.source_port = ntohs(tcp->source_port);
    f.destination_port = ntohs(tcp->destination_port);
    f.flags = tcp->flags;
  } else if (f.protocol == PROTOCOL_UDP) {
    const struct udp_header* udp = (const struct udp_header*)l4;
    if ((const u8*)(udp + 1) > end) return 17;
    f.source_port = ntohs(udp->source_port);
    f.destination_port = ntohs(udp->destination_port);
  }
  if (type == ETHERTYPE_IPV4) return rules_ipv4(&f);
  return rules_ipv6((const struct ipv6_header*)ip, &f);
}
