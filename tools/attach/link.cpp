// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/link.h"

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/attach/virtio_header.h"

namespace weir::attach {

Link::Link(std::string name, std::unique_ptr<Port> guest, std::unique_ptr<Port> net,
           const Rules& rules, Worker& worker, Log log)
    : name_(std::move(name)),
      judge_(rules, worker),
      log_(std::move(log)),
      guest_(std::move(guest)),
      net_(std::move(net)) {
  rx_.link = tx_.link = this;
  tx_.direction = Direction::kTx;
  rx_.from = tx_.to = guest_.get();
  rx_.to = tx_.from = net_.get();
}

Status Link::start(EventLoop& loop) {
  WEIR_CHECK(guest_->start(loop, rx_));
  return net_->start(loop, tx_);
}

void Link::drain() {
  draining_ = true;
  guest_->drain();
  net_->drain();
}

void Link::Lane::received(Frame& frame) {
  ++counters.frames;
  counters.bytes += frame.bytes.size();
  if (!link->judge_.passes(frame, direction)) {
    ++counters.dropped;
    return;
  }
  ++counters.passed;
  const std::optional<size_t> wanted = to->vnet_bytes();
  uint8_t none[64] = {};
  if (wanted && *wanted != frame.vnet.size()) {
    if (*wanted == 0) {
      // What the header left undone is done here.
      if (!finish_checksum(frame) || read_header(frame.vnet).is_gso()) {
        ++counters.unfinished;
        return;
      }
    } else if (!frame.vnet.empty()) {
      write_header({none, *wanted}, read_header(frame.vnet));
    }
    frame.vnet = {none, *wanted};
  }
  to->send(frame);
  if (to->queue_is_high()) hold_back();
}

// Sends what can be sent, and if that is not enough has the source wait.
void Link::Lane::hold_back() {
  to->flush();
  if (paused || !to->queue_is_high()) return;
  paused = true;
  from->read_on(false);
}

void Link::Lane::batch_ended() {
  hold_back();
}

// Of the port that is this lane's source: the other lane sends to it.
void Link::Lane::has_room() {
  Lane& sender = direction == Direction::kRx ? link->tx_ : link->rx_;
  if (!sender.paused || link->draining_) return;
  sender.paused = false;
  sender.from->read_on(true);
}

void Link::Lane::happened(std::string_view what) {
  link->log_(link->name_, fmt::format("{}: {}", from->text(), what));
}

}  // namespace weir::attach
