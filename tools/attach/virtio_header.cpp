// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/virtio_header.h"

#include <cstring>

#include "tools/attach/wire.h"

namespace weir::attach {

namespace {

constexpr uint8_t kNeedsChecksum = 1, kDataValid = 2;  // VIRTIO_NET_HDR_F_*
constexpr uint8_t kGsoNone = 0, kGsoTcp4 = 1, kGsoTcp6 = 4, kGsoEcn = 0x80;
constexpr uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;

uint16_t load(std::span<const uint8_t> bytes, size_t at) {
  uint16_t value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}
void store(std::span<uint8_t> bytes, size_t at, uint16_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

// RFC 1071. The order of the bytes does not matter to the sum.
uint16_t ones_complement_sum(std::span<const uint8_t> bytes) {
  uint64_t sum = 0;
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word;
    std::memcpy(&word, bytes.data() + at, sizeof(word));
    sum += word;
  }
  for (; at + 2 <= bytes.size(); at += 2) sum += load(bytes, at);
  if (at < bytes.size()) sum += bytes[at];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

bool moved(uint16_t& offset, ptrdiff_t by, size_t limit) {
  const ptrdiff_t at = static_cast<ptrdiff_t>(offset) + by;
  if (at < 0 || at > UINT16_MAX || static_cast<size_t>(at) > limit) return false;
  offset = static_cast<uint16_t>(at);
  return true;
}

}  // namespace

VirtioHeader read_header(std::span<const uint8_t> vnet) {
  if (vnet.size() < kMinVnetBytes) return {};
  return {.flags = vnet[0],
          .gso_type = vnet[1],
          .header_bytes = load(vnet, 2),
          .gso_size = load(vnet, 4),
          .csum_start = load(vnet, 6),
          .csum_offset = load(vnet, 8)};
}

void write_header(std::span<uint8_t> vnet, const VirtioHeader& header) {
  vnet[0] = header.flags;
  vnet[1] = header.gso_type;
  store(vnet, 2, header.header_bytes);
  store(vnet, 4, header.gso_size);
  store(vnet, 6, header.csum_start);
  store(vnet, 8, header.csum_offset);
}

bool is_sound(const VirtioHeader& header, size_t frame_bytes) {
  if (header.is_gso() && header.gso_size == 0) return false;
  if (!header.needs_checksum()) return true;
  return static_cast<size_t>(header.csum_start) + header.csum_offset + 2 <= frame_bytes;
}

bool finish_checksum(Frame& frame) {
  VirtioHeader header = read_header(frame.vnet);
  if (!header.needs_checksum()) return true;
  if (!is_sound(header, frame.bytes.size())) return false;
  const auto covered = frame.bytes.subspan(header.csum_start);
  auto sum = static_cast<uint16_t>(~ones_complement_sum(covered));
  if (sum == 0) sum = 0xffff;  // of UDP, 0 means that there is none; to TCP both are the same
  store(covered, header.csum_offset, sum);
  header.flags = static_cast<uint8_t>((header.flags & ~kNeedsChecksum) | kDataValid);
  header.csum_start = header.csum_offset = 0;
  write_header(frame.vnet, header);
  return true;
}

bool adjust_header(Frame& frame, ptrdiff_t grown) {
  if (frame.vnet.size() < kMinVnetBytes) return true;
  VirtioHeader header = read_header(frame.vnet);
  const size_t size = frame.bytes.size();
  if (header.needs_checksum() && !moved(header.csum_start, grown, size)) return false;
  if (header.is_gso()) {
    if (!moved(header.header_bytes, grown, size)) header.header_bytes = 0;  // a hint
    const uint8_t kind = header.gso_type & 0x7f;
    const uint16_t type = static_cast<uint16_t>(frame.bytes[12] << 8 | frame.bytes[13]);
    // What is left fits in one segment: nothing is to be cut.
    if (header.header_bytes != 0 &&
        size <= static_cast<size_t>(header.header_bytes) + header.gso_size) {
      header.gso_type = kGsoNone;
      header.gso_size = header.header_bytes = 0;
    } else if (kind == kGsoTcp4 && type == kEtherIpv6) {
      header.gso_type = static_cast<uint8_t>(kGsoTcp6 | (header.gso_type & kGsoEcn));
    } else if (kind == kGsoTcp6 && type == kEtherIpv4) {
      header.gso_type = static_cast<uint8_t>(kGsoTcp4 | (header.gso_type & kGsoEcn));
    }
  }
  if (!is_sound(header, size)) return false;
  write_header(frame.vnet, header);
  return true;
}

uint32_t segments(const VirtioHeader& header, size_t frame_bytes) {
  if (!header.is_gso() || header.gso_size == 0) return 1;
  const size_t headers = header.header_bytes < frame_bytes ? header.header_bytes : 0;
  return static_cast<uint32_t>((frame_bytes - headers + header.gso_size - 1) / header.gso_size);
}

}  // namespace weir::attach
