// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packets in memory that a runner chooses: where the code of another system can reach them.
#pragma once

#include <map>
#include <utility>

#include "measure/runner.h"

namespace weir::measure {

class PacketCopies {
 public:
  // `header` bytes in front of each packet, which start on a multiple of 16 less the header.
  explicit PacketCopies(std::span<uint8_t> memory, size_t header = 0)
      : memory_(memory), header_(header) {}

  // Copies the packets there; false: there is no room for all.
  bool bring(std::span<const Packet> packets);
  // Where a packet lies that was brought: its offset in the memory.
  size_t offset(const Packet& packet) const { return places_.at({packet.data, packet.size}); }
  // Copies what lies there now over the packets.
  void take_back(std::span<const Packet> packets) const;

 private:
  std::span<uint8_t> memory_;
  size_t header_, used_ = 0;
  // By the packet's own address and size: an empty one lies where the next one does.
  std::map<std::pair<const uint8_t*, uint64_t>, size_t> places_;
};

}  // namespace weir::measure
