// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A flow dissector, as the kernel's and the one of the 2014 eBPF series: finds addresses, protocol
// and ports behind VLAN tags and IP-in-IP, GRE and IPv6 extension headers, and folds them to a hash.
#include "packet.h"

enum {
  PROTOCOL_IPIP = 4,
  PROTOCOL_IPV6 = 41,
  PROTOCOL_GRE = 47,
  MAX_HEADERS = 8,  // of all kinds
};

struct keys {
  u32 source, destination, ports;
  u16 offset;
  u8 protocol;
};

ALWAYS_INLINE u32 fold(const u8* address) {
  const u32* w = (const u32*)address;
  return w[0] ^ w[1] ^ w[2] ^ w[3];
}

ALWAYS_INLINE _Bool dissect_keys(const u8* data, const u8* end, struct keys* keys) {
  const struct ethernet_header* ethernet = (const struct ethernet_header*)data;
  if ((const u8*)(ethernet + 1) > end) return 0;
  u16 type = ethernet->ethertype;
  const u8* next = data + sizeof *ethernet;
  u8 protocol = PROTOCOL_NONE;

#pragma clang loop unroll(disable)
  for (int i = 0; i < MAX_HEADERS; i++) {
    if (type == ntohs(ETHERTYPE_VLAN) || type == ntohs(ETHERTYPE_QINQ)) {
      const struct vlan_tag* tag = (const struct vlan_tag*)next;
      if ((const u8*)(tag + 1) > end) return 0;
      type = tag->ethertype;
      next += sizeof *tag;
      continue;
    }
    if (type == ntohs(ETHERTYPE_IPV4)) {
      const struct ipv4_header* ip = (const struct ipv4_header*)next;
      if ((const u8*)(ip + 1) > end) return 0;
      const u32 size = (ip->version_and_length & 15u) * 4;
      if (size < sizeof *ip) return 0;
      keys->source = ip->source;
      keys->destination = ip->destination;
      protocol = ip->protocol;
      next += size;
      if ((ntohs(ip->fragment) & 0x3fff) != 0) break;
      type = 0;
    } else if (type == ntohs(ETHERTYPE_IPV6)) {
      const struct ipv6_header* ip = (const struct ipv6_header*)next;
      if ((const u8*)(ip + 1) > end) return 0;
      keys->source = fold(ip->source);
      keys->destination = fold(ip->destination);
      protocol = ip->next_header;
      next += sizeof *ip;
      type = 0;
    } else if (type != 0) {
      return 0;
    }

    if (protocol == PROTOCOL_IPIP) {
      type = ntohs(ETHERTYPE_IPV4);
    } else if (protocol == PROTOCOL_IPV6) {
      type = ntohs(ETHERTYPE_IPV6);
    } else if (protocol == PROTOCOL_GRE) {
      if (next + 4 > end) return 0;
      const u16 flags = ntohs(*(const u16*)next);
      if ((flags & 0x4007) != 0) break;  // routing, or another version
      type = *(const u16*)(next + 2);
      next += 4;
      if ((flags & 0x8000) != 0) next += 4;
      if ((flags & 0x2000) != 0) next += 4;
      if ((flags & 0x1000) != 0) next += 4;
    } else if (protocol == PROTOCOL_HOP_BY_HOP || protocol == PROTOCOL_ROUTING ||
               protocol == PROTOCOL_DESTINATION_OPTIONS) {
      if (next + 8 > end) return 0;
      protocol = next[0];
      next += (next[1] + 1u) * 8;
      type = 0;
    } else {
      break;
    }
  }

  keys->protocol = protocol;
  keys->offset = (u16)(next - data);
  if (protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP || protocol == 132) {
    if (next + 4 <= end) keys->ports = *(const u32*)next;
  }
  return 1;
}

SEC("filter/frame")
u64 dissect(void* data, u64 len) {
  struct keys keys = {0, 0, 0, 0, 0};
  if (!dissect_keys(data, (const u8*)data + len, &keys)) return 0;
  u64 hash = (u64)keys.source << 32 | keys.destination;
  hash = (hash ^ keys.ports) * 0x9e3779b97f4a7c15ull;
  hash ^= hash >> 29;
  hash = (hash ^ keys.protocol ^ (u64)keys.offset << 8) * 0xbf58476d1ce4e5b9ull;
  return hash ^ hash >> 32;
}
