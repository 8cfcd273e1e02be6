// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the context of a kPacket hook kind lives natively. Programs never see this layout: an
// access to a field of xdp_md or __sk_buff is a load or store at the place that find_field() gives.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

// Sizes of the kernel's structures (struct xdp_md, struct __sk_buff).
inline constexpr uint32_t kXdpBytes = 24;
inline constexpr uint32_t kSkbBytes = 192;

// struct bpf_flow_keys, which lies right before the packet of a flow dissector: its meta data.
inline constexpr uint32_t kFlowKeysBytes = 56;

// SKF_NET_OFF and SKF_LL_OFF (uapi/linux/filter.h): where legacy loads at negative offsets count
// from the IP header and from the Ethernet header.
inline constexpr int64_t kSkfNetOff = -0x100000;
inline constexpr int64_t kSkfLlOff = -0x200000;

inline constexpr uint32_t kMaxTunnelOptions = 255;  // IP_TUNNEL_OPTS_MAX

// One packet and what the host says of it. Owned by the host; the program changes it through
// context fields and helpers only. head <= data_meta <= data <= data_end <= tail; the packet is
// [data, data_end), its meta data [data_meta, data), and the rest of [head, tail) is room that
// helpers may grow it into.
struct PacketContext {
  uint8_t* data = nullptr;
  uint8_t* data_end = nullptr;
  uint8_t* data_meta = nullptr;
  uint8_t* head = nullptr;
  uint8_t* tail = nullptr;
  // Of the Ethernet and of the IP header, for legacy loads at negative offsets (SKF_LL_OFF,
  // SKF_NET_OFF); head <= both <= tail.
  uint8_t* mac = nullptr;
  uint8_t* network = nullptr;
  // The kernel's structures as a program sees them, except for the pointers, which lie above.
  // Byte order as in the kernel: `protocol` holds the EtherType as it is in the packet.
  alignas(8) uint8_t xdp[kXdpBytes] = {};
  alignas(8) uint8_t skb[kSkbBytes] = {};

  // What helpers ask of the packet, and no field of the context shows.
  uint32_t kind = 0;              // ContextKind of the hook
  uint32_t socket_uid = 65534;    // get_socket_uid: overflowuid where there is no socket
  uint64_t socket_cookie = 0;     // get_socket_cookie
  uint64_t cgroup_id = 0;         // skb_cgroup_id
  uint32_t cgroup_classid = 0;    // get_cgroup_classid
  uint32_t route_realm = 0;       // get_route_realm
  uint32_t hash_known = 0;        // __sk_buff::hash means something
  uint32_t tunnel_key_bytes = 0;  // 0: it came through no tunnel
  uint8_t tunnel_key[48] = {};    // struct bpf_tunnel_key: where it came from ...
  uint8_t tunnel_out[48] = {};    // ... and what skb_set_tunnel_key asked for
  uint32_t tunnel_out_bytes = 0;
  uint32_t tunnel_flags = 0;  // BPF_F_* of skb_set_tunnel_key
  // Options of the tunnel's header, at most kMaxTunnelOptions bytes: those it came with (0: none),
  // and room for those that skb_set_tunnel_opt asked for (null: there is none). The host's memory.
  uint32_t tunnel_option_bytes = 0;
  uint32_t tunnel_option_out_bytes = 0;
  const uint8_t* tunnel_options = nullptr;
  uint8_t* tunnel_options_out = nullptr;
};
static_assert(offsetof(PacketContext, data) == 0);
static_assert(offsetof(PacketContext, data_end) == 8);
static_assert(offsetof(PacketContext, data_meta) == 16);
static_assert(offsetof(PacketContext, xdp) == 56);
static_assert(offsetof(PacketContext, skb) == 80);
static_assert(offsetof(PacketContext, kind) == 272);

// Where the context of a kind with a structure of its own lies (context_struct_bytes()): whoever
// runs programs of such a kind gives them a PacketContext with so many bytes behind it.
inline constexpr size_t kStructOffset = sizeof(PacketContext);
static_assert(kStructOffset % 8 == 0);

}  // namespace weir
