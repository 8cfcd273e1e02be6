// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network interface, by a packet socket: what arrives at it is read from a ring that the kernel
// shares with this process, and what is sent leaves through it. The kernel hands over frames as
// they are between containers: up to 64 KiB, checksums unfinished; the virtio-net header says so,
// both ways.
#pragma once

#include "tools/attach/port.h"

namespace weir::attach {

class PacketPort final : public Port {
 public:
  PacketPort(std::string name, size_t queue_bytes);
  ~PacketPort() override;
  Status start(EventLoop& loop, Receiver& receiver) override;
  void flush() override;
  void read_on(bool on) override;
  void drain() override;
  bool connected() const override { return static_cast<bool>(socket_); }
  std::string text() const override { return "interface:" + name_; }
  std::optional<size_t> vnet_bytes() const override;

 private:
  void on_ready(uint32_t events);
  // False: the next slot is the kernel's.
  bool read_one();
  void set_events();

  std::string name_;
  Descriptor socket_;
  uint8_t* ring_ = nullptr;
  size_t next_ = 0;
  bool reads_ = true, waits_to_write_ = false;
};

}  // namespace weir::attach
