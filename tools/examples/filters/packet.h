// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the example filters share: integer types, protocol headers, and the walk from the first
// byte of a frame to the TCP or UDP header.
//
// The header includes nothing, so that `clang -target bpf` needs no include path, and every
// function in it is inlined, so that an object holds one program section and no relocation. The
// same source also compiles for the host: SEC() is empty there.
//
// Two lengths bound every access. The end of the buffer is the one that memory safety needs; it is
// compared as a pointer (`header + size > end`), the form that BPF verifiers follow. The length
// that the IP header states is the one that meaning needs: a short Ethernet frame is padded, and
// padding is not a TCP header. It is compared as a number.
#ifndef WEIR_EXAMPLES_PACKET_H
#define WEIR_EXAMPLES_PACKET_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

// The layer at which a program wants its packets is the name of its section.
#ifdef __bpf__
#define SEC(name) __attribute__((section(name), used))
#else
#define SEC(name) __attribute__((used))
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

// The verdict: any value but zero drops the packet.
enum { PASS = 0, DROP = 1 };

// Network byte order to host byte order, and constants the other way round.
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ntohs(x) __builtin_bswap16(x)
#define htonl(x) __builtin_bswap32(x)
#else
#define ntohs(x) (x)
#define htonl(x) (x)
#endif

enum {
  ETHERTYPE_IPV4 = 0x0800,
  ETHERTYPE_VLAN = 0x8100,  // IEEE 802.1Q customer tag
  ETHERTYPE_IPV6 = 0x86dd,
  ETHERTYPE_QINQ = 0x88a8,  // IEEE 802.1ad service tag
};

enum {
  PROTOCOL_HOP_BY_HOP = 0,
  PROTOCOL_TCP = 6,
  PROTOCOL_UDP = 17,
  PROTOCOL_ROUTING = 43,
  PROTOCOL_FRAGMENT = 44,
  PROTOCOL_AUTHENTICATION = 51,
  PROTOCOL_NONE = 59,  // "no next header"
  PROTOCOL_DESTINATION_OPTIONS = 60,
};

// Bounds of the walk. RFC 8200, section 4.1 lists six extension headers in front of a transport
// header that is not encrypted. With more tags or headers the packet counts as one without a
// transport header.
enum { MAX_VLAN_TAGS = 2, MAX_EXTENSION_HEADERS = 6 };

// Header fields are in network byte order. Behind a 14-byte Ethernet header the 4-byte fields sit
// on odd multiples of two; BPF programs load them directly, as they do in the kernel.
struct ethernet_header {
  u8 destination[6];
  u8 source[6];
  u16 ethertype;
};

struct vlan_tag {
  u16 control;    // priority, drop eligibility, VLAN identifier
  u16 ethertype;  // of what follows the tag
};

struct ipv4_header {
  u8 version_and_length;  // version in the high half, header length in 4-byte words in the low
  u8 type_of_service;
  u16 total_length;  // header and payload
  u16 identification;
  u16 fragment;  // three flags, then the offset in 8-byte units
  u8 time_to_live;
  u8 protocol;
  u16 checksum;
  u32 source;
  u32 destination;
};

struct ipv6_header {
  u32 version_and_flow;
  u16 payload_length;  // extension headers and payload
  u8 next_header;
  u8 hop_limit;
  u8 source[16];
  u8 destination[16];
};

// The start that all IPv6 extension headers have in common.
struct extension_header {
  u8 next_header;
  u8 length;  // in 8-byte units, not counting the first; other units in the authentication header
  u16 fragment;  // in the fragment header: the offset in 8-byte units, then three flags
  u32 rest;
};

struct tcp_header {
  u16 source_port;
  u16 destination_port;
  u32 sequence;
  u32 acknowledgement;
  u8 data_offset;  // header length in 4-byte words, in the high half
  u8 flags;
  u16 window;
  u16 checksum;
  u16 urgent_pointer;
};

struct udp_header {
  u16 source_port;
  u16 destination_port;
  u16 length;
  u16 checksum;
};

// What an IP packet carries. `header` is not bounds-checked yet.
struct transport {
  const u8* header;
  u64 length;   // bytes from `header` to the end of the IP packet, as its header states it
  u8 protocol;  // PROTOCOL_NONE when the packet has no transport header to look at
};

#define NO_TRANSPORT ((struct transport){0, 0, PROTOCOL_NONE})

// Finds the payload of the IPv4 packet at `data`. A fragment other than the first has no transport
// header.
ALWAYS_INLINE struct transport find_ipv4_transport(const u8* data, const u8* end) {
  const struct ipv4_header* ip = (const struct ipv4_header*)data;
  if ((const u8*)(ip + 1) > end || ip->version_and_length >> 4 != 4) return NO_TRANSPORT;

  u64 header_length = (ip->version_and_length & 0x0fu) * 4;
  u64 total_length = ntohs(ip->total_length);
  if (total_length == 0) total_length = (u64)(end - data);  // left out by segmentation offload
  if (header_length < sizeof *ip || total_length < header_length) return NO_TRANSPORT;
  if ((ntohs(ip->fragment) & 0x1fff) != 0) return NO_TRANSPORT;

  return (struct transport){data + header_length, total_length - header_length, ip->protocol};
}

// The same for the IPv6 packet at `data`. Walks over the extension headers that may stand between
// the IPv6 header and the transport header (RFC 8200, section 4).
ALWAYS_INLINE struct transport find_ipv6_transport(const u8* data, const u8* end) {
  const struct ipv6_header* ip = (const struct ipv6_header*)data;
  if ((const u8*)(ip + 1) > end || data[0] >> 4 != 6) return NO_TRANSPORT;

  const u8* next = data + sizeof *ip;
  u64 left = ntohs(ip->payload_length);
  if (left == 0) left = (u64)(end - next);  // a jumbogram, or left out by segmentation offload
  u8 protocol = ip->next_header;

#pragma clang loop unroll(disable)
  for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
    if (protocol != PROTOCOL_HOP_BY_HOP && protocol != PROTOCOL_ROUTING &&
        protocol != PROTOCOL_FRAGMENT && protocol != PROTOCOL_AUTHENTICATION &&
        protocol != PROTOCOL_DESTINATION_OPTIONS) {
      return (struct transport){next, left, protocol};
    }
    const struct extension_header* extension = (const struct extension_header*)next;
    if ((const u8*)(extension + 1) > end) return NO_TRANSPORT;

    u64 size = (extension->length + 1u) * 8;
    if (protocol == PROTOCOL_AUTHENTICATION) size = (extension->length + 2u) * 4;
    if (protocol == PROTOCOL_FRAGMENT) {
      if ((ntohs(extension->fragment) & 0xfff8) != 0) return NO_TRANSPORT;
      size = sizeof *extension;
    }
    if (size > left) return NO_TRANSPORT;
    protocol = extension->next_header;
    next += size;
    left -= size;
  }
  return NO_TRANSPORT;
}

// Finds what the IP packet in the Ethernet frame at `data` carries, behind up to two VLAN tags.
ALWAYS_INLINE struct transport find_transport(const u8* data, const u8* end) {
  const struct ethernet_header* ethernet = (const struct ethernet_header*)data;
  if ((const u8*)(ethernet + 1) > end) return NO_TRANSPORT;

  u16 ethertype = ntohs(ethernet->ethertype);
  const u8* next = data + sizeof *ethernet;
  for (int i = 0; i < MAX_VLAN_TAGS; i++) {
    if (ethertype != ETHERTYPE_VLAN && ethertype != ETHERTYPE_QINQ) break;
    const struct vlan_tag* tag = (const struct vlan_tag*)next;
    if ((const u8*)(tag + 1) > end) return NO_TRANSPORT;
    ethertype = ntohs(tag->ethertype);
    next += sizeof *tag;
  }

  if (ethertype == ETHERTYPE_IPV4) return find_ipv4_transport(next, end);
  if (ethertype == ETHERTYPE_IPV6) return find_ipv6_transport(next, end);
  return NO_TRANSPORT;
}

#endif  // WEIR_EXAMPLES_PACKET_H
