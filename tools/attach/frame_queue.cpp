// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/frame_queue.h"

#include <algorithm>

namespace weir::attach {

bool FrameQueue::push(const Frame& frame) {
  const size_t prefix = framing_ ? prefix_bytes(*framing_) : 0;
  const bool with_vnet = framing_ != Framing::kLength;
  const size_t size = prefix + (with_vnet ? frame.vnet.size() : 0) + frame.bytes.size();
  if (bytes() + size > limit_) return false;
  if (framing_) {
    uint8_t start[8];
    write_prefix(*framing_, frame, start);
    memory_.insert(memory_.end(), start, start + prefix);
  }
  if (with_vnet) memory_.insert(memory_.end(), frame.vnet.begin(), frame.vnet.end());
  memory_.insert(memory_.end(), frame.bytes.begin(), frame.bytes.end());
  ends_.push_back(memory_.size());
  return true;
}

ByteSpan FrameQueue::frame(size_t index) const {
  const size_t at = first_ + index;
  const size_t start = index == 0 ? begin_ : ends_[at - 1];
  return ByteSpan(memory_).subspan(start, ends_[at] - start);
}

void FrameQueue::take_bytes(size_t count) {
  begin_ += count;
  while (first_ < ends_.size() && ends_[first_] <= begin_) ++first_;
  tidy();
}

void FrameQueue::take_frames(size_t count) {
  if (count == 0) return;
  first_ += count;
  begin_ = ends_[first_ - 1];
  tidy();
}

size_t FrameQueue::clear() {
  const size_t lost = frames();
  memory_.clear();
  ends_.clear();
  first_ = begin_ = 0;
  return lost;
}

void FrameQueue::tidy() {
  if (empty()) {
    clear();
    return;
  }
  // Moving costs less than what has gone since the last time.
  if (begin_ < memory_.size() / 2) return;
  memory_.erase(memory_.begin(), memory_.begin() + static_cast<ptrdiff_t>(begin_));
  ends_.erase(ends_.begin(), ends_.begin() + static_cast<ptrdiff_t>(first_));
  for (size_t& end : ends_) end -= begin_;
  first_ = begin_ = 0;
}

}  // namespace weir::attach
