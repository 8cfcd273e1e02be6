// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes and marks of a packet at the hooks that have an skb. Kernel: net/core/filter.c.
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>

#include "runtime/helpers/arguments.h"

namespace weir::helpers {

namespace {

constexpr uint32_t kMaxPacketType = 3;              // PACKET_OTHERHOST
constexpr uint16_t kIpv4 = 0x0008, kIpv6 = 0xdd86;  // EtherTypes as they are in the packet
constexpr size_t kTunnelCompat[] = {
    offsetof(bpf_tunnel_key, remote_ipv6[1]), offsetof(bpf_tunnel_key, tunnel_ext),
    offsetof(bpf_tunnel_key, tunnel_label), offsetof(bpf_tunnel_key, local_ipv6[0])};

// Forgets the hash that a device or a program computed.
void clear_hash(PacketContext& p) {
  p.hash_known = 0;
  set_skb_field(p, kSkbHash, 0);
}

uint32_t mix(uint32_t hash, const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x0100'0193u;  // FNV-1a
  return hash;
}

// Addresses, protocol and ports of an IP packet; the Ethernet header of others. The kernel's is
// keyed with a random number, so no program can rely on more.
uint32_t flow_hash(const PacketContext& p) {
  const uint8_t* const ip = p.network;
  const auto room = ip <= p.data_end ? static_cast<size_t>(p.data_end - ip) : 0;
  uint32_t hash = 0x811c'9dc5u;
  size_t ports = 0;
  if (room >= 20 && ip[0] >> 4 == 4) {
    hash = mix(mix(hash, ip + 12, 8), ip + 9, 1);
    const bool fragment = (ip[6] & 0x3f) != 0 || ip[7] != 0;
    if (!fragment && (ip[9] == 6 || ip[9] == 17)) ports = static_cast<size_t>(ip[0] & 0xf) * 4;
  } else if (room >= 40 && ip[0] >> 4 == 6) {
    hash = mix(mix(hash, ip + 8, 32), ip + 6, 1);
    if (ip[6] == 6 || ip[6] == 17) ports = 40;
  } else {
    hash = mix(hash, p.data, std::min<size_t>(packet_length(p), 14));
  }
  if (ports != 0 && room >= ports + 4) hash = mix(hash, ip + ports, 4);
  return hash == 0 ? 1 : hash;
}

}  // namespace

// The bytes are copied, or all zeroed and -EFAULT.
uint64_t SkbLoadBytes(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  const PacketContext* const p = packet(r1);
  const auto offset = static_cast<uint32_t>(r2), size = static_cast<uint32_t>(r4);
  if (offset > INT32_MAX || !packet_has(*p, offset, size)) {
    std::memset(memory(r3), 0, size);
    return error(EFAULT);
  }
  std::memmove(memory(r3), p->data + offset, size);
  return 0;
}

uint64_t SkbLoadBytesRelative(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                              ExecContext*) {
  const PacketContext* const p = packet(r1);
  const auto offset = static_cast<uint32_t>(r2), size = static_cast<uint32_t>(r4);
  const auto header = static_cast<uint32_t>(r5);
  const uint8_t* const from = header == BPF_HDR_START_MAC   ? p->mac
                              : header == BPF_HDR_START_NET ? p->network
                                                            : nullptr;
  if (from == nullptr || from > p->data_end || offset > INT32_MAX ||
      uint64_t{offset} + size > static_cast<uint64_t>(p->data_end - from)) {
    std::memset(memory(r3), 0, size);
    return error(EFAULT);
  }
  std::memmove(memory(r3), from + offset, size);
  return 0;
}

uint64_t SkbStoreBytes(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                       ExecContext*) {
  PacketContext* const p = packet(r1);
  const auto offset = static_cast<uint32_t>(r2), size = static_cast<uint32_t>(r4);
  if ((r5 & ~uint64_t{BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH}) != 0) return error(EINVAL);
  if (offset > INT32_MAX || !packet_has(*p, offset, size)) return error(EFAULT);
  std::memmove(p->data + offset, memory(r3), size);
  if ((r5 & BPF_F_INVALIDATE_HASH) != 0) clear_hash(*p);
  return 0;
}

// All bytes lie in one piece already.
uint64_t SkbPullData(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return static_cast<uint32_t>(r2) <= packet_length(*packet(r1)) ? 0 : error(ENOMEM);
}

uint64_t SkbChangeType(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  const auto type = static_cast<uint32_t>(r2);
  if (skb_field(*p, kSkbPktType) > kMaxPacketType || type > kMaxPacketType) return error(EINVAL);
  set_skb_field(*p, kSkbPktType, type);
  return 0;
}

uint64_t GetHashRecalc(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  if (p->hash_known == 0 && skb_field(*p, kSkbHash) == 0) {
    set_skb_field(*p, kSkbHash, flow_hash(*p));
    p->hash_known = 1;
  }
  return skb_field(*p, kSkbHash);
}
uint64_t SetHash(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  set_skb_field(*packet(r1), kSkbHash, static_cast<uint32_t>(r2));
  packet(r1)->hash_known = 1;
  return 0;
}
uint64_t SetHashInvalid(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  clear_hash(*packet(r1));
  return 0;
}

// 1: marked, now or before. 0: no packet that can be.
uint64_t SkbEcnSetCe(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  uint8_t* const ip = p->network;
  const auto protocol = static_cast<uint16_t>(skb_field(*p, kSkbProtocol));
  const auto room = ip <= p->data_end ? p->data_end - ip : 0;
  if (protocol == kIpv4 && room >= 20) {
    const unsigned ecn = ip[1] & 3u;
    if (ecn == 3) return 1;
    if (ecn == 0) return 0;
    // The header's sum changes by as much as its first word.
    uint16_t sum, from, to;
    std::memcpy(&sum, ip + 10, 2);
    std::memcpy(&from, ip, 2);
    ip[1] = static_cast<uint8_t>(ip[1] | 3);
    std::memcpy(&to, ip, 2);
    const uint32_t total =
        add_sums(add_sums(static_cast<uint16_t>(~sum), static_cast<uint16_t>(~from)), to);
    sum = static_cast<uint16_t>(~fold_sum(total));
    std::memcpy(ip + 10, &sum, 2);
    return 1;
  }
  if (protocol == kIpv6 && room >= 40) {
    const unsigned ecn = ip[1] >> 4 & 3u;
    if (ecn == 3) return 1;
    if (ecn == 0) return 0;
    ip[1] = static_cast<uint8_t>(ip[1] | 0x30);
    return 1;
  }
  return 0;
}

// ---- What the host says of the packet ----

uint64_t GetSocketCookie(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return packet(r1)->socket_cookie;
}
uint64_t GetSocketUid(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return packet(r1)->socket_uid;
}
uint64_t GetCgroupClassid(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return packet(r1)->cgroup_classid;
}
uint64_t SkbCgroupClassid(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return packet(r1)->cgroup_classid;
}
uint64_t SkbCgroupId(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return packet(r1)->cgroup_id;
}
uint64_t GetRouteRealm(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return packet(r1)->route_realm;
}
// The packet belongs to no socket, so to no control group.
uint64_t SkbUnderCgroup(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return error(ENOENT);
}

// ---- Tunnels ----

namespace {
// Programs compiled when the structure was shorter ask for less of it.
bool is_tunnel_size(uint32_t size) {
  return std::ranges::find(kTunnelCompat, size) != std::end(kTunnelCompat) ||
         size == sizeof(bpf_tunnel_key);
}
}  // namespace

uint64_t SkbGetTunnelKey(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                         ExecContext*) {
  const PacketContext* const p = packet(r1);
  const auto size = static_cast<uint32_t>(r3);
  int failed = 0;
  if ((r4 & ~(uint64_t{BPF_F_TUNINFO_IPV6} | uint64_t{BPF_F_TUNINFO_FLAGS})) != 0 ||
      p->tunnel_key_bytes == 0 || !is_tunnel_size(size)) {
    failed = EINVAL;
  }
  if (failed != 0) {
    std::memset(memory(r2), 0, size);
    return error(failed);
  }
  std::memset(memory(r2), 0, size);
  std::memcpy(memory(r2), p->tunnel_key,
              std::min({size, p->tunnel_key_bytes, static_cast<uint32_t>(sizeof(p->tunnel_key))}));
  return 0;
}

uint64_t SkbSetTunnelKey(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                         ExecContext*) {
  constexpr uint64_t kFlags = uint64_t{BPF_F_TUNINFO_IPV6} | BPF_F_ZERO_CSUM_TX |
                              BPF_F_DONT_FRAGMENT | BPF_F_SEQ_NUMBER |
                              (1u << 4);  // BPF_F_NO_TUNNEL_KEY
  PacketContext* const p = packet(r1);
  const auto size = static_cast<uint32_t>(r3);
  if ((r4 & ~kFlags) != 0 || !is_tunnel_size(size) || size > sizeof(p->tunnel_out))
    return error(EINVAL);
  bpf_tunnel_key key = {};
  std::memcpy(&key, memory(r2), std::min<size_t>(size, sizeof(key)));
  // A flow label is IPv6's, and the padding is nobody's.
  if (((r4 & BPF_F_TUNINFO_IPV6) == 0 && key.tunnel_label != 0) || key.tunnel_ext != 0)
    return error(EINVAL);
  std::memset(p->tunnel_out, 0, sizeof(p->tunnel_out));
  std::memcpy(p->tunnel_out, memory(r2), size);
  p->tunnel_out_bytes = size;
  p->tunnel_flags = static_cast<uint32_t>(r4);
  return 0;
}

uint64_t SkbGetTunnelOpt(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  const PacketContext* const p = packet(r1);
  const auto size = static_cast<uint32_t>(r3);
  const uint32_t bytes = std::min(p->tunnel_option_bytes, kMaxTunnelOptions);
  std::memset(memory(r2), 0, size);
  if (bytes == 0 || p->tunnel_options == nullptr) return error(ENOENT);
  if (size < bytes) return error(ENOMEM);
  std::memcpy(memory(r2), p->tunnel_options, bytes);
  return bytes;
}

// Behind skb_set_tunnel_key, whose tunnel these are of.
uint64_t SkbSetTunnelOpt(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  const auto size = static_cast<uint32_t>(r3);
  if (p->tunnel_out_bytes == 0 || size % 4 != 0) return error(EINVAL);
  if (size > kMaxTunnelOptions || p->tunnel_options_out == nullptr) return error(ENOMEM);
  std::memcpy(p->tunnel_options_out, memory(r2), size);
  p->tunnel_option_out_bytes = size;
  return 0;
}

}  // namespace weir::helpers
