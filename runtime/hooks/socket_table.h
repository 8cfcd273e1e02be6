// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets that a host has, for the programs that look them up (HostServices::find_socket).
#pragma once

#include <deque>

#include "runtime/abi/packet_context.h"
#include "runtime/abi/socket.h"

namespace weir {

class SocketTable {
 public:
  // Where it says of whom it is and with whom it talks, it is found by that; it stays where it is.
  void add(const Socket& socket) { sockets_.push_back(socket); }
  bool empty() const { return sockets_.empty(); }

  // The one that the kernel would find for such a packet, or null. TCP: a connection, else who
  // listens at the address, else who listens at all addresses, IPv4 before IPv6. UDP: who is bound
  // to the address, else to all; those that are connected only for their peer, and first.
  const Socket* find(const PacketContext& packet, uint8_t protocol, const SocketTuple& tuple) const;

 private:
  std::deque<Socket> sockets_;
};

}  // namespace weir
