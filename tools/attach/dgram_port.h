// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QEMU's -netdev dgram over Unix sockets: one datagram is one frame. Neither side notices when the
// other one goes; what comes from `local` is taken from whoever may write to that path, and a
// socket of its own sends to `remote`, so that the kernel says when there is room again.
#pragma once

#include "tools/attach/port.h"
#include "tools/attach/unix_socket.h"

namespace weir::attach {

class DgramPort final : public Port {
 public:
  DgramPort(std::string local, std::string remote, size_t queue_bytes);
  ~DgramPort() override;
  Status start(EventLoop& loop, Receiver& receiver) override;
  void flush() override;
  void read_on(bool on) override;
  void drain() override;
  bool connected() const override { return static_cast<bool>(sender_); }
  std::string text() const override;

 private:
  void try_connect();
  void give_up(std::string_view why);
  void on_ready();
  // How many datagrams there were.
  size_t read_some();

  std::string local_, remote_;
  Descriptor listener_, sender_;
  std::vector<uint8_t> memory_;
  bool reads_ = true, waits_to_write_ = false, told_absent_ = false;
  std::optional<EventLoop::Timer> retry_;
};

}  // namespace weir::attach
