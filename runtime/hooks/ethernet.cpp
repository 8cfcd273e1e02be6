// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/ethernet.h"

#include <algorithm>

namespace weir {

namespace {

constexpr uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;
constexpr uint16_t kEtherVlans[] = {0x8100, 0x88a8, 0x9100};
constexpr size_t kIpv4Header = 20, kIpv6Header = 40;
constexpr uint8_t kNoNextHeader = 59;

uint16_t read_u16(ByteSpan bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
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

}  // namespace

std::optional<ByteSpan> ip_by_version(ByteSpan packet) {
  if (packet.empty()) return std::nullopt;
  switch (packet[0] >> 4) {
    case 4: return trim_ipv4(packet);
    case 6: return trim_ipv6(packet);
    default: return std::nullopt;
  }
}

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

std::optional<ByteSpan> ip_in_ethernet(ByteSpan frame) {
  return ip_by_ethertype(frame, 12, 14);
}

}  // namespace weir
