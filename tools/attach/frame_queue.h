// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Frames that wait for a port to take them: bounded, in one piece of memory, each with what goes
// before it on the wire. A stream takes bytes, a datagram socket takes frames; either way what is
// counted is frames, so that none is lost without a trace.
#pragma once

#include <optional>
#include <vector>

#include "frontend/support/bytes.h"
#include "tools/attach/wire.h"

namespace weir::attach {

inline constexpr size_t kDefaultQueueBytes = 4 << 20;

class FrameQueue {
 public:
  // Without framing a frame is its virtio-net header and its bytes.
  FrameQueue(size_t limit_bytes, std::optional<Framing> framing)
      : limit_(limit_bytes), framing_(framing) {}

  // False: there is no room for it.
  bool push(const Frame& frame);

  bool empty() const { return first_ == ends_.size(); }
  size_t frames() const { return ends_.size() - first_; }
  size_t bytes() const { return memory_.size() - begin_; }
  size_t limit() const { return limit_; }

  // What waits, for a stream; then how much of it was taken.
  ByteSpan pending() const { return ByteSpan(memory_).subspan(begin_); }
  void take_bytes(size_t count);
  // The frame at that place of the queue, whole; then how many were taken.
  ByteSpan frame(size_t index) const;
  void take_frames(size_t count);

  // Throws all away; how many frames that was. One of which a part was taken counts.
  size_t clear();

 private:
  void tidy();

  size_t limit_;
  std::optional<Framing> framing_;
  std::vector<uint8_t> memory_;
  std::vector<size_t> ends_;  // of each frame in memory_
  size_t first_ = 0;          // of ends_, not taken yet
  size_t begin_ = 0;          // of memory_, not taken yet
};

}  // namespace weir::attach
