// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How frames lie in a byte stream. QEMU's -netdev stream puts the length before each frame, 32 bits
// in network order. Its filter-redirector with vnet_hdr_support=on puts a second number there, how
// many of the bytes are a virtio-net header; without a header that number is 0.
//
// The bytes come from another process: a length is believed only if it is possible. After one that
// is not there is no way back into step, so the decoder stays broken and its connection has to be
// made anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/attach/frame.h"

namespace weir::attach {

enum class Framing : uint8_t { kLength, kLengthAndVnet };

constexpr size_t prefix_bytes(Framing framing) {
  return framing == Framing::kLength ? 4 : 8;
}
// A virtio-net header is 10 bytes, 12 with the number of buffers, 20 with a hash.
inline constexpr uint32_t kMinVnetBytes = 10, kMaxVnetBytes = 64;

// Writes what comes before a frame; prefix_bytes(framing) bytes. The length counts the header.
void write_prefix(Framing framing, const Frame& frame, uint8_t* to);

class FrameDecoder {
 public:
  explicit FrameDecoder(Framing framing);

  // Where to read to, never empty. Frames given before are gone with this call.
  std::span<uint8_t> room();
  void filled(size_t bytes) { end_ += bytes; }
  // The next whole frame; false if there is none yet, or never again. Frames that are too short to
  // be one are counted and left out.
  bool next(Frame& frame);

  // Why there are no more frames, or empty.
  const std::string& broken() const { return broken_; }
  uint64_t runts() const { return runts_; }
  // Bytes of a frame that has not come whole.
  size_t pending() const { return end_ - begin_; }
  // As new, for another connection.
  void reset();

 private:
  Framing framing_;
  std::vector<uint8_t> memory_;
  size_t begin_ = 0, end_ = 0;
  uint64_t runts_ = 0;
  std::string broken_;
};

}  // namespace weir::attach
