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

#include "runtime/hooks/ethernet.h"

namespace weir::tool {

namespace {

uint16_t read_u16(ByteSpan bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
uint32_t read_u32(ByteSpan bytes, size_t at) {
  return static_cast<uint32_t>(read_u16(bytes, at)) << 16 | read_u16(bytes, at + 2);
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
