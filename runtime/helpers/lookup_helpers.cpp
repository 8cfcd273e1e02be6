// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets that programs look up, and what they ask of them. Kernel: net/core/filter.c. Programs
// hand over what they like as a socket: it counts if the run holds it.
#include <linux/bpf.h>

#include <cerrno>

#include "runtime/abi/host_services.h"
#include "runtime/helpers/arguments.h"
#include "runtime/helpers/held.h"

namespace weir::helpers {

namespace {

constexpr uint8_t kTcp = 6, kUdp = 17;

uint32_t field(const Socket& socket, size_t offset) {
  uint32_t value;
  std::memcpy(&value, socket.sock + offset, sizeof value);
  return value;
}

// Time-wait and request sockets are no full ones.
bool is_full(const Socket& socket) {
  const auto state = static_cast<SocketState>(field(socket, offsetof(bpf_sock, state)));
  return state != SocketState::kTimeWait && state != SocketState::kNewSynRecv;
}

uint16_t port(const uint8_t* bytes) {
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

// struct bpf_sock_tuple: source and destination address, source and destination port. False: it is
// of no length that there is.
bool read_tuple(const uint8_t* bytes, uint32_t size, SocketTuple& out) {
  out.ipv6 = size == sizeof(bpf_sock_tuple::ipv6);
  if (!out.ipv6 && size != sizeof(bpf_sock_tuple::ipv4)) return false;
  const size_t address = out.ipv6 ? 16 : 4;
  std::memcpy(out.source.data(), bytes, address);
  std::memcpy(out.destination.data(), bytes + address, address);
  out.source_port = port(bytes + 2 * address);
  out.destination_port = port(bytes + 2 * address + 2);
  return true;
}

uint64_t look_up(ExecContext* c, uint8_t protocol, uint64_t context, uint64_t bytes, uint64_t size,
                 uint64_t netns, uint64_t flags, bool full) {
  const HostServices* const host = c->services;
  SocketTuple tuple;
  tuple.netns = static_cast<int32_t>(netns);
  if (flags != 0 || (tuple.netns >= 0 && netns > INT32_MAX)) return 0;
  if (host == nullptr || host->find_socket == nullptr) return 0;
  if (!read_tuple(memory(bytes), static_cast<uint32_t>(size), tuple)) return 0;
  const Socket* const socket = host->find_socket(host->user, packet(context), protocol, tuple);
  if (socket == nullptr || !hold_socket(c, socket)) return 0;
  const auto address = reinterpret_cast<uint64_t>(socket);
  if (!full || is_full(*socket)) return address;
  release_held_socket(c, address);
  return 0;
}

}  // namespace

uint64_t SkLookupTcp(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                     ExecContext* c) {
  return look_up(c, kTcp, r1, r2, r3, r4, r5, true);
}
uint64_t SkLookupUdp(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                     ExecContext* c) {
  return look_up(c, kUdp, r1, r2, r3, r4, r5, true);
}
uint64_t SkcLookupTcp(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                      ExecContext* c) {
  return look_up(c, kTcp, r1, r2, r3, r4, r5, false);
}
uint64_t SkRelease(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  release_held_socket(c, r1);
  return 0;
}

uint64_t SkFullsock(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  const Socket* const socket = held_socket(c, r1);
  return socket != nullptr && is_full(*socket) ? reinterpret_cast<uint64_t>(socket->sock) : 0;
}
uint64_t TcpSock(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  const Socket* const socket = held_socket(c, r1);
  const bool tcp =
      socket != nullptr && is_full(*socket) && field(*socket, offsetof(bpf_sock, protocol)) == kTcp;
  return tcp ? reinterpret_cast<uint64_t>(socket->tcp_sock) : 0;
}
uint64_t GetListenerSock(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  const Socket* const socket = held_socket(c, r1);
  const bool listens =
      socket != nullptr &&
      static_cast<SocketState>(field(*socket, offsetof(bpf_sock, state))) == SocketState::kListen;
  return listens ? reinterpret_cast<uint64_t>(socket->sock) : 0;
}

uint64_t SkAssign(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  const Socket* const socket = held_socket(c, r2);
  if (socket == nullptr || r3 != 0) return error(EINVAL);
  const HostServices* const host = c->services;
  if (host == nullptr || host->assign_socket == nullptr) return error(EOPNOTSUPP);
  return result(host->assign_socket(host->user, packet(r1), socket));
}

}  // namespace weir::helpers
