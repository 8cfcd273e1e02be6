// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/port.h"

namespace weir::attach {

void Port::send(const Frame& frame) {
  if (!connected()) {
    ++counters_.lost;
    return;
  }
  if (!queue_.push(frame)) {
    ++counters_.queue_full;
    return;
  }
  ++counters_.sent;
  counters_.sent_bytes += frame.bytes.size();
  was_high_ = was_high_ || queue_is_high();
}

void Port::tell_room() {
  if (!was_high_ || queue_.bytes() > queue_.limit() / 4) return;
  was_high_ = false;
  receiver_->has_room();
}

}  // namespace weir::attach
