// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A packet at a hook, as the host hands it over and gets it back. The C interface has the same
// struct (capi/weir.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

// What is to be done with a packet.
enum class Action : uint32_t {
  kPass = 0,
  kDrop = 1,
  kTransmit = 2,  // XDP_TX: back to where it came from
  kRedirect = 3,  // to redirect_ifindex, or to an entry of a map
};

struct Packet {
  // In: the bytes that the program may read and write: a frame from its Ethernet header on, an IP
  // packet, or what else the hook takes. Out: the packet as it is now.
  uint8_t* data = nullptr;
  uint32_t size = 0;
  // In: bytes before and behind it that a program may make part of it; they should hold nothing
  // that is not for it to see. Out: what is left of them.
  uint32_t headroom = 0;
  uint32_t tailroom = 0;
  // In, for hook kinds of the kernel: what xdp_md and __sk_buff say of where it came from.
  uint32_t ifindex = 0;
  uint32_t rx_queue = 0;
  // In, for the kernel's skb kinds: a frame that is still to be cut into gso_segments with gso_size
  // bytes of payload each (gso_segs and gso_size of __sk_buff).
  uint32_t gso_size = 0;
  uint32_t gso_segments = 0;
  // In, at hooks of the host's own (abi/host_hooks.h): the hook's structure, all of its bytes,
  // which programs change.
  void* context = nullptr;

  // Out.
  Action action = Action::kPass;
  uint32_t link = 0;    // number of the link whose program decided; 0: none did
  uint64_t result = 0;  // that program's; 0 if it trapped
  uint32_t trap = 0;    // TrapCode; then `action` is what the filter's options say
  uint32_t trap_instruction = 0;
  uint32_t trap_program = 0;      // where: number in the instance's programs()
  uint32_t redirect_ifindex = 0;  // kRedirect: to an interface ...
  uint32_t redirect_map = 0;      // ... or to entry redirect_key of map redirect_map - 1 of the
  uint64_t redirect_key = 0;      //     instance's maps()
  uint64_t redirect_flags = 0;
};

}  // namespace weir
