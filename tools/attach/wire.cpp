// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/wire.h"

#include <cstring>

#include <fmt/format.h>

namespace weir::attach {

namespace {

// Several small frames for each read, and room for the largest whatever is left of another.
constexpr size_t kBufferBytes = 256 * 1024;
constexpr size_t kLeastRoom = 64 * 1024;
static_assert(kBufferBytes >= kMaxFrameBytes + 8 + kLeastRoom);

uint32_t read_u32(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 |
         static_cast<uint32_t>(at[2]) << 8 | at[3];
}

void write_u32(uint8_t* at, size_t value) {
  at[0] = static_cast<uint8_t>(value >> 24);
  at[1] = static_cast<uint8_t>(value >> 16);
  at[2] = static_cast<uint8_t>(value >> 8);
  at[3] = static_cast<uint8_t>(value);
}

}  // namespace

void write_prefix(Framing framing, const Frame& frame, uint8_t* to) {
  const size_t header = framing == Framing::kLength ? 0 : frame.vnet.size();
  write_u32(to, header + frame.bytes.size());
  if (framing == Framing::kLengthAndVnet) write_u32(to + 4, header);
}

FrameDecoder::FrameDecoder(Framing framing) : framing_(framing), memory_(kBufferBytes) {}

void FrameDecoder::reset() {
  begin_ = end_ = 0;
  broken_.clear();
}

std::span<uint8_t> FrameDecoder::room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (memory_.size() - end_ < kLeastRoom) {
    std::memmove(memory_.data(), memory_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return std::span(memory_).subspan(end_);
}

bool FrameDecoder::next(Frame& frame) {
  const size_t prefix = prefix_bytes(framing_);
  while (broken_.empty() && end_ - begin_ >= prefix) {
    uint8_t* const at = memory_.data() + begin_;
    const uint32_t length = read_u32(at);
    const uint32_t vnet = framing_ == Framing::kLength ? 0 : read_u32(at + 4);
    if (length > kMaxFrameBytes) {
      broken_ =
          fmt::format("a frame of {} bytes, but none has more than {}", length, kMaxFrameBytes);
    } else if (vnet > length || (vnet != 0 && (vnet < kMinVnetBytes || vnet > kMaxVnetBytes))) {
      broken_ = fmt::format("a frame of {} bytes with a virtio-net header of {}", length, vnet);
    } else if (end_ - begin_ - prefix < length) {
      return false;
    } else {
      begin_ += prefix + length;
      frame.vnet = {at + prefix, vnet};
      frame.bytes = {at + prefix + vnet, length - vnet};
      if (frame.bytes.size() >= kMinFrameBytes) return true;
      ++runts_;
    }
  }
  return false;
}

}  // namespace weir::attach
