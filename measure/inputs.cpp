// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/inputs.h"

#include <algorithm>

#include "measure/packet_writer.h"
#include "measure/random.h"

namespace weir::measure {

namespace {

struct KindInfo {
  size_t count;
  std::string_view text;
};
constexpr KindInfo kKinds[] = {
#define WEIR_INPUTS(Name, count, text) {count, text},
#include "measure/inputs.def"
#undef WEIR_INPUTS
};

std::vector<uint8_t> random_bytes(Random& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next() >> 32);
  return bytes;
}

// Two halves of 64 bytes with one string each: alike for a while, then different, or equal, or (one
// in 16) with no end.
std::vector<uint8_t> two_strings(Random& random) {
  constexpr size_t kHalf = 64;
  std::vector<uint8_t> bytes(2 * kHalf);
  const size_t size = 4 + random.below(kHalf - 4);
  const bool endless = random.below(16) == 0;
  for (size_t i = 0; i < kHalf; ++i) {
    const auto letter = static_cast<uint8_t>('a' + random.below(26));
    bytes[i] = bytes[kHalf + i] = i < size || endless ? letter : uint8_t{0};
  }
  if (random.chance(75)) bytes[kHalf + random.below(static_cast<uint32_t>(size))] = '-';
  return bytes;
}

// The first frame of that shape.
std::vector<uint8_t> write_plain_frame(Random& random) {
  for (;;) {
    std::vector<uint8_t> frame = write_frame(random);
    if (frame.size() >= 54 && frame[12] == 0x08 && frame[13] == 0x00 && frame[14] == 0x45 &&
        frame[23] == 6)
      return frame;
  }
}

// As it comes over the wire: padded to the shortest that there is, without its checksum.
std::vector<uint8_t> write_xdp_frame(Random& random) {
  constexpr size_t kShortest = 60;  // ETH_ZLEN
  std::vector<uint8_t> frame = write_frame(random);
  frame.resize(std::max(frame.size(), kShortest));
  return frame;
}

std::vector<uint8_t> make_packet(InputKind kind, Random& random) {
  switch (kind) {
    case InputKind::kFrames: return write_frame(random);
    case InputKind::kXdpFrames: return write_xdp_frame(random);
    case InputKind::kFrame: return write_plain_frame(random);
    case InputKind::kIp: return write_ip_packet(random);
    case InputKind::kDns: return random.chance(80) ? write_dns_query(random) : write_frame(random);
    case InputKind::kBytes40: return random_bytes(random, 40);
    case InputKind::kBytes64: return random_bytes(random, 64);
    case InputKind::kBytes256: return random_bytes(random, 256);
    case InputKind::kBytes512: return random_bytes(random, 512);
    case InputKind::kBytes1500: return random_bytes(random, 1500);
    case InputKind::kStrings: return two_strings(random);
  }
  return {};
}

}  // namespace

std::string_view input_text(InputKind kind) {
  return kKinds[static_cast<size_t>(kind)].text;
}

Inputs::Inputs(InputKind kind, size_t limit, Room room) : room_(room) {
  Random random(0x77656972 + static_cast<uint64_t>(kind));  // "weir"
  const size_t count = std::min(limit, kKinds[static_cast<size_t>(kind)].count);
  for (size_t i = 0; i < count; ++i) add(make_packet(kind, random));
  set_up();
}

Inputs::Inputs(std::span<const std::vector<uint8_t>> packets, Room room) : room_(room) {
  for (const std::vector<uint8_t>& packet : packets) add(packet);
  set_up();
}

void Inputs::set_up() {
  working_ = std::make_unique<LowMemory>(pristine_.size());
  restore();
}

void Inputs::add(ByteSpan packet) {
  // Each starts on a multiple of 16, as in a host's buffers.
  const size_t start = (pristine_.size() + room_.before + 15) / 16 * 16;
  places_.push_back({start, packet.size()});
  pristine_.resize(start);
  pristine_.insert(pristine_.end(), packet.begin(), packet.end());
  pristine_.resize(pristine_.size() + room_.behind);
}

}  // namespace weir::measure
