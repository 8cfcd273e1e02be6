// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel: inet_lookup() and udp4_lib_lookup2() with their score functions, and those of IPv6.
#include "runtime/hooks/socket_table.h"

#include <linux/bpf.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "runtime/abi/contexts.h"

namespace weir {

namespace {

constexpr uint8_t kTcp = 6;

// The interface that the packet is at; 0: none.
uint32_t interface_of(const PacketContext& packet) {
  const auto kind = static_cast<ContextKind>(packet.kind);
  uint32_t index = 0;
  if (kind == ContextKind::kXdp) {
    std::memcpy(&index, packet.xdp + offsetof(xdp_md, ingress_ifindex), sizeof index);
  } else if (context_struct_bytes(kind) == 0) {
    std::memcpy(&index, packet.skb + offsetof(__sk_buff, ifindex), sizeof index);
  }
  return index;
}

bpf_sock fields_of(const Socket& socket) {
  bpf_sock fields;
  std::memcpy(&fields, socket.sock, sizeof fields);
  return fields;
}

// An address in the family of what is looked up.
using Address = std::span<const uint8_t>;
Address address(const bpf_sock& fields, bool local, bool ipv6) {
  const void* const at = ipv6    ? static_cast<const void*>(local ? fields.src_ip6 : fields.dst_ip6)
                         : local ? static_cast<const void*>(&fields.src_ip4)
                                 : static_cast<const void*>(&fields.dst_ip4);
  return {static_cast<const uint8_t*>(at), ipv6 ? size_t{16} : size_t{4}};
}
bool is_any(Address address) {
  return std::ranges::all_of(address, [](uint8_t byte) { return byte == 0; });
}
bool is_at(Address address, const std::array<uint8_t, 16>& other) {
  return std::equal(address.begin(), address.end(), other.begin());
}

// How well a socket fits; below 0: not at all.
int score(const bpf_sock& fields, uint32_t ifindex, uint8_t protocol, const SocketTuple& tuple) {
  constexpr int kExactAddress = 64, kSameFamily = 1;
  if (fields.protocol != protocol || fields.src_port != tuple.destination_port) return -1;
  if (fields.bound_dev_if != 0 && fields.bound_dev_if != ifindex) return -1;
  const bool ipv6 = fields.family == AF_INET6;
  // One of IPv6 that is bound to no address takes IPv4 too.
  const Address own = address(fields, true, ipv6), peer = address(fields, false, ipv6);
  const bool any = is_any(own), connected = !is_any(peer);
  if (ipv6 != tuple.ipv6 && (!ipv6 || !any || connected)) return -1;
  if (!any && !is_at(own, tuple.destination)) return -1;
  const uint16_t peer_port = __builtin_bswap16(fields.dst_port);
  const bool from_peer = is_at(peer, tuple.source) && peer_port == tuple.source_port;
  const bool listens = fields.state == static_cast<uint32_t>(SocketState::kListen);
  int points = (any ? 0 : kExactAddress) + (ipv6 == tuple.ipv6 ? kSameFamily : 0) +
               (fields.bound_dev_if != 0 ? 4 : 0);
  if (protocol == kTcp) {
    if (listens) return points;
    return !any && connected && from_peer ? points + 256 : -1;
  }
  if (connected) points += from_peer ? 8 : 0;
  return connected && !from_peer ? -1 : points;
}

}  // namespace

const Socket* SocketTable::find(const PacketContext& packet, uint8_t protocol,
                                const SocketTuple& tuple) const {
  if (tuple.netns >= 0) return nullptr;  // there is one namespace
  const uint32_t ifindex = interface_of(packet);
  const Socket* best = nullptr;
  int most = -1;
  for (const Socket& socket : sockets_) {
    const int points = score(fields_of(socket), ifindex, protocol, tuple);
    if (points <= most) continue;
    most = points;
    best = &socket;
  }
  return best;
}

}  // namespace weir
