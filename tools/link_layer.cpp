// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Link types, as https://www.tcpdump.org/linktypes.html has them:
//   Ethernet      6 + 6 bytes of addresses, then an EtherType
//   Linux cooked  16 bytes (SLL), the last two an EtherType; 20 bytes (SLL2), the first two
//   null, loop    an address family: 4 bytes in the byte order of the machine that captured
//                 (null; it is not known, so either order will do), or in network order (loop)
//   raw           nothing: the version in the first half byte says which IP it is
#include "tools/link_layer.h"

#include <pcap/dlt.h>
#include <pcap/pcap.h>

#include <algorithm>

#include <fmt/format.h>

namespace weir::tool {

namespace {

constexpr uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;
constexpr uint16_t kEtherVlans[] = {0x8100, 0x88a8, 0x9100};
constexpr size_t kIpv4Header = 20, kIpv6Header = 40;
constexpr uint8_t kNoNextHeader = 59;

uint16_t read_u16(ByteSpan bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
uint32_t read_u32(ByteSpan bytes, size_t at) {
  return static_cast<uint32_t>(read_u16(bytes, at)) << 16 | read_u16(bytes, at + 2);
}

// The packet without what follows its stated length.
ByteSpan trim_ipv4(ByteSpan packet) {
  if (packet.size() < kIpv4Header) return packet;
  const size_t length = read_u16(packet, 2);
  if (length < kIpv4Header) return packet;  // 0: left to the network card; else nonsense
  return packet.first(std::min(packet.size(), length));
}

ByteSpan trim_ipv6(ByteSpan packet) {
  if (packet.size() < kIpv6Header) return packet;
  const size_t payload = read_u16(packet, 4);
  if (payload == 0 && packet[6] != kNoNextHeader) return packet;
  return packet.first(std::min(packet.size(), kIpv6Header + payload));
}

std::optional<ByteSpan> ip_by_version(ByteSpan packet) {
  if (packet.empty()) return std::nullopt;
  switch (packet[0] >> 4) {
    case 4: return trim_ipv4(packet);
    case 6: return trim_ipv6(packet);
    default: return std::nullopt;
  }
}

// What an EtherType at `at` says of the bytes from `next` on.
std::optional<ByteSpan> ip_by_ethertype(ByteSpan frame, size_t at, size_t next) {
  if (frame.size() < next) return std::nullopt;
  uint16_t type = read_u16(frame, at);
  while (std::ranges::find(kEtherVlans, type) != std::end(kEtherVlans)) {
    // A tag: two bytes of control, two bytes of the next type.
    if (frame.size() < next + 4) return std::nullopt;
    type = read_u16(frame, next + 2);
    next += 4;
  }
  const ByteSpan packet = frame.subspan(next);
  if (packet.empty()) return std::nullopt;
  if (type == kEtherIpv4) return trim_ipv4(packet);
  if (type == kEtherIpv6) return trim_ipv6(packet);
  return std::nullopt;
}

// AF_INET is 2 everywhere; AF_INET6 differs: Linux, NetBSD and OpenBSD, FreeBSD, macOS.
bool is_ip_family(uint32_t family) {
  constexpr uint32_t kFamilies[] = {2, 10, 24, 28, 30};
  return std::ranges::find(kFamilies, family) != std::end(kFamilies);
}

std::optional<ByteSpan> ip_by_family(ByteSpan frame, bool network_order) {
  if (frame.size() < 4) return std::nullopt;
  const uint32_t family = read_u32(frame, 0);
  if (is_ip_family(family) || (!network_order && is_ip_family(__builtin_bswap32(family)))) {
    return ip_by_version(frame.subspan(4));
  }
  return std::nullopt;
}

}  // namespace

std::string link_name(int link_type) {
  const char* name = ::pcap_datalink_val_to_name(link_type);
  const char* text = ::pcap_datalink_val_to_description(link_type);
  if (name == nullptr) return fmt::format("link type {}", link_type);
  return text != nullptr ? fmt::format("{} ({})", text, name) : std::string(name);
}

Status check_link_type(int link_type, ContextKind at) {
  if (at != ContextKind::kIp) {
    if (link_type == DLT_EN10MB) return {};
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("--at {} needs Ethernet frames, but the capture has {}",
                             context_name(at), link_name(link_type)))
        .with_hint("use a program for --at ip");
  }
  switch (link_type) {
    case DLT_EN10MB:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_NULL:
    case DLT_LOOP: return {};
    default: break;
  }
  return Error(ErrorCode::kProgramUnsupported,
               fmt::format("the capture has {}, in which weir does not look for IP packets",
                           link_name(link_type)))
      .with_hint(
          "known are Ethernet, raw IP, Linux cooked v1 and v2, BSD loopback and OpenBSD "
          "loopback");
}

std::optional<ByteSpan> find_ip(int link_type, ByteSpan frame) {
  switch (link_type) {
    case DLT_EN10MB: return ip_by_ethertype(frame, 12, 14);
    case DLT_LINUX_SLL: return ip_by_ethertype(frame, 14, 16);
    case DLT_LINUX_SLL2: return ip_by_ethertype(frame, 0, 20);
    case DLT_NULL: return ip_by_family(frame, false);
    case DLT_LOOP: return ip_by_family(frame, true);
    default: return ip_by_version(frame);
  }
}

}  // namespace weir::tool
