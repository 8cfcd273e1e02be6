// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/packet_copies.h"

#include <cstring>

namespace weir::measure {

bool PacketCopies::bring(std::span<const Packet> packets) {
  for (const Packet& packet : packets) {
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

void PacketCopies::take_back(std::span<const Packet> packets) const {
  for (const Packet& packet : packets) {
    if (packet.size > 0) std::memcpy(packet.data, memory_.data() + offset(packet), packet.size);
  }
}

}  // namespace weir::measure
