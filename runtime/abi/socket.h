// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets that programs look up: what a host hands over of one, and what programs may read of it.
#pragma once

#include <array>
#include <cstdint>

namespace weir {

inline constexpr uint32_t kSockBytes = 80;      // struct bpf_sock
inline constexpr uint32_t kTcpSockBytes = 112;  // struct bpf_tcp_sock

// States of a socket (BPF_TCP_*). UDP sockets that are connected are kEstablished, others kClose.
enum class SocketState : uint32_t {
  kEstablished = 1,
  kTimeWait = 6,
  kClose = 7,
  kListen = 10,
  kNewSynRecv = 12,
};

// A socket of the host. Programs read it where it lies.
struct Socket {
  alignas(8) uint8_t sock[kSockBytes] = {};         // as struct bpf_sock has it
  alignas(8) uint8_t tcp_sock[kTcpSockBytes] = {};  // as struct bpf_tcp_sock has it; TCP only
};

// How a program sees a socket, by what has given it.
enum class SocketKind : uint8_t {
  kCommon,  // struct bpf_sock, but what only full sockets have
  kFull,    // struct bpf_sock
  kTcp,     // struct bpf_tcp_sock
};
constexpr uint32_t socket_bytes(SocketKind kind) {
  return kind == SocketKind::kTcp ? kTcpSockBytes : kSockBytes;
}
// Whether the kernel lets programs read `size` bytes there.
bool may_read_socket(SocketKind kind, int64_t offset, uint32_t size);

// What a packet is looked up by: who has sent it (source) and who is to get it.
struct SocketTuple {
  bool ipv6 = false;
  // In network order; of IPv4 the first four bytes.
  std::array<uint8_t, 16> source{}, destination{};
  uint16_t source_port = 0, destination_port = 0;  // in the host's order
  int32_t netns = -1;  // of the network namespace, as the packet's own knows it; negative: that one
};

}  // namespace weir
