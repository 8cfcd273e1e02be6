// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tap device of the kernel's: made if it is not there, else joined (a persistent one that belongs
// to this user needs no privilege). With `vnet` frames carry a virtio-net header, and may be long
// and unfinished, which is what makes transfers between two taps cheap.
#pragma once

#include "tools/attach/port.h"

namespace weir::attach {

// virtio_net_hdr with the number of buffers, as a modern guest has it.
inline constexpr size_t kTapVnetBytes = 12;

class TapPort final : public Port {
 public:
  TapPort(std::string name, bool vnet, size_t queue_bytes);
  ~TapPort() override;
  Status start(EventLoop& loop, Receiver& receiver) override;
  void flush() override;
  void read_on(bool on) override;
  void drain() override;
  bool connected() const override { return static_cast<bool>(tap_); }
  std::string text() const override;
  std::optional<size_t> vnet_bytes() const override { return vnet_ ? kTapVnetBytes : 0; }

 private:
  void on_ready(uint32_t events);
  bool read_one();
  void set_events();

  std::string name_;
  bool vnet_;
  Descriptor tap_;
  std::vector<uint8_t> memory_;
  bool reads_ = true, waits_to_write_ = false, told_down_ = false;
};

}  // namespace weir::attach
