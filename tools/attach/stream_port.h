// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ports over Unix stream sockets: QEMU's -netdev stream (one connection, both ways), and one side
// of a pair of its filter-redirectors (a connection for each way, which QEMU listens at).
#pragma once

#include "tools/attach/port.h"
#include "tools/attach/stream_end.h"

namespace weir::attach {

class StreamPort final : public Port {
 public:
  StreamPort(std::string path, Connects connects, size_t queue_bytes);
  Status start(EventLoop& loop, Receiver& receiver) override;
  void flush() override { end_.flush(); }
  void read_on(bool on) override { end_.read_on(on); }
  void drain() override { end_.drain(); }
  bool connected() const override { return end_.connected(); }
  std::string text() const override;

 private:
  Connects connects_;
  StreamEnd end_;
};

// Where the frames of one direction leave QEMU (outdev) and come back to it (indev); empty: the
// direction is not filtered.
//
// QEMU writes to an outdev until everything is taken, with its big lock held: a reader that stops
// stops the machine. So this port reads on whatever becomes of the frames, and drops.
class RedirectorPort final : public Port {
 public:
  RedirectorPort(std::string outdev, std::string indev, size_t queue_bytes);
  Status start(EventLoop& loop, Receiver& receiver) override;
  void flush() override;
  void read_on(bool) override {}
  void drain() override;
  bool connected() const override { return to_ && to_->connected(); }
  bool ready() const override {
    return (!from_ || from_->connected()) && (!to_ || to_->connected());
  }
  std::string text() const override;
  std::optional<size_t> vnet_bytes() const override { return std::nullopt; }

 private:
  std::string outdev_, indev_;
  std::optional<StreamEnd> from_, to_;
};

}  // namespace weir::attach
