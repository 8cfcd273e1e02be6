// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bytes that a host's hook gives beside its structure (abi/host_hooks.h).
#pragma once

#include <cstdint>

#include "runtime/abi/contexts.h"
#include "runtime/abi/packet_context.h"

namespace weir {

// What stands in front of the structure: `size` bytes at `data`, which may be null if there are
// none. Nothing lies before or behind them, so no helper finds room to grow.
inline PacketContext host_packet(ContextKind kind, uint8_t* data, uint64_t size) {
  PacketContext packet;
  packet.data = packet.data_meta = packet.head = packet.mac = packet.network = data;
  packet.data_end = packet.tail = data == nullptr ? nullptr : data + size;
  packet.kind = static_cast<uint32_t>(kind);
  return packet;
}

}  // namespace weir
