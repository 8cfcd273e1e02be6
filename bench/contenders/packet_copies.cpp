// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/contenders/packet_copies.h"

#include <cstring>

namespace weir::bench {

bool PacketCopies::bring(std::span<const measure::Packet> packets) {
  for (const measure::Packet& packet : packets) {
    auto found = places_.find({packet.data, packet.size});
    if (found == places_.end()) {
      const size_t place = (used_ + header_ + 15) / 16 * 16;
      if (place + packet.size > memory_.size()) return false;
      used_ = place + packet.size;
      found = places_.emplace(std::pair(packet.data, packet.size), place).first;
    }
    if (packet.size > 0) std::memcpy(memory_.data() + found->second, packet.data, packet.size);
  }
  return true;
}

void PacketCopies::take_back(std::span<const measure::Packet> packets) const {
  for (const measure::Packet& packet : packets) {
    if (packet.size > 0) std::memcpy(packet.data, memory_.data() + offset(packet), packet.size);
  }
}

}  // namespace weir::bench
