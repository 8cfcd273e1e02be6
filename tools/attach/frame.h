// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One frame on its way through a link: bytes in memory of ours, valid until its port reads again.
#pragma once

#include <cstdint>
#include <span>

namespace weir::attach {

// NET_BUFSIZE of QEMU: a frame of 64 KiB, its Ethernet header and a virtio-net header.
inline constexpr uint32_t kMaxFrameBytes = 69632;
// Shorter ones have no Ethernet header and are nobody's.
inline constexpr uint32_t kMinFrameBytes = 14;

// As QEMU's netfilter has it: rx is what comes from the guest, tx is what goes to it. Of a link
// without a guest, rx comes from its first port and tx goes to it.
enum class Direction : uint8_t { kRx = 0, kTx = 1 };
inline constexpr uint8_t kRxOnly = 1, kTxOnly = 2, kBothWays = 3;
constexpr bool covers(uint8_t directions, Direction direction) {
  return (directions >> static_cast<unsigned>(direction) & 1) != 0;
}

struct Frame {
  std::span<uint8_t> vnet;   // the virtio-net header before it; empty: there is none
  std::span<uint8_t> bytes;  // from the Ethernet header on
};

}  // namespace weir::attach
