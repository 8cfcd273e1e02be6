// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers that make room in a packet or take some away, at the hooks that have an skb. The room is
// what lies around the packet (head, tail); where it does not suffice, the packet stays as it is
// and the result is -ENOMEM, as when the kernel has no memory.
//
// Kernel: net/core/filter.c, net/core/skbuff.c (skb_vlan_push, skb_vlan_pop).
#include <linux/bpf.h>

#include <cerrno>

#include "runtime/helpers/arguments.h"

namespace weir::helpers {

namespace {

constexpr int64_t kEthernetHeader = 14, kAddresses = 12, kVlanHeader = 4;
constexpr uint64_t kMaxLength = 64 * 1024;  // a little more than BPF_SKB_MAX_LEN allows
// EtherTypes as they are in the packet.
constexpr uint16_t kIpv4 = 0x0008, kIpv6 = 0xdd86, kVlan = 0x0081, kVlanAd = 0xa888;
constexpr int64_t kIpv4Header = 20, kIpv6Header = 40;

bool is_vlan(uint16_t type) {
  return type == kVlan || type == kVlanAd;
}
uint16_t protocol(const PacketContext& p) {
  return static_cast<uint16_t>(skb_field(p, kSkbProtocol));
}
uint16_t load16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

void length_changed(PacketContext& p) {
  set_skb_field(p, kSkbLen, static_cast<uint32_t>(packet_length(p)));
}

// Moves the first `front` bytes `by` towards the head; what is left free between is zeroed.
bool grow(PacketContext& p, int64_t front, int64_t by) {
  if (p.data - p.head < by || front > p.data_end - p.data) return false;
  std::memmove(p.data - by, p.data, static_cast<size_t>(front));
  p.data -= by;
  std::memset(p.data + front, 0, static_cast<size_t>(by));
  if (p.mac >= p.head + by) p.mac -= by;
  p.data_meta = p.data;
  length_changed(p);
  return true;
}
// Takes `by` bytes out behind the first `front` ones.
bool shrink(PacketContext& p, int64_t front, int64_t by) {
  if (front + by > p.data_end - p.data) return false;
  std::memmove(p.data + by, p.data, static_cast<size_t>(front));
  p.data += by;
  if (p.mac + by <= p.data) p.mac += by;
  p.data_meta = p.data;
  length_changed(p);
  return true;
}

int64_t network_offset(const PacketContext& p) {
  return p.network >= p.data && p.network <= p.data_end ? p.network - p.data : 0;
}

// ---- VLAN tags ----

void put_tag(PacketContext& p, uint16_t type, uint16_t tci) {
  set_skb_field(p, kSkbVlanPresent, 1);
  set_skb_field(p, kSkbVlanTci, tci);
  set_skb_field(p, kSkbVlanProto, type);
}

// From the packet's bytes into *tci.
int64_t pull_tag(PacketContext& p, uint16_t* tci) {
  if (!packet_has(p, 0, kEthernetHeader + kVlanHeader)) return -ENOMEM;
  *tci = static_cast<uint16_t>(p.data[14] << 8 | p.data[15]);
  const uint16_t inner = load16(p.data + 16);
  shrink(p, kAddresses, kVlanHeader);
  p.network = p.data + kEthernetHeader;
  set_skb_field(p, kSkbProtocol, inner);
  return 0;
}

}  // namespace

uint64_t SkbVlanPush(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  auto type = static_cast<uint16_t>(r2);
  if (!is_vlan(type)) type = kVlan;
  if (skb_field(*p, kSkbVlanPresent) != 0) {
    // The tag so far moves into the packet.
    const auto tci = static_cast<uint16_t>(skb_field(*p, kSkbVlanTci));
    const auto before = static_cast<uint16_t>(skb_field(*p, kSkbVlanProto));
    if (!grow(*p, kAddresses, kVlanHeader)) return error(ENOMEM);
    std::memcpy(p->data + kAddresses, &before, 2);
    p->data[14] = static_cast<uint8_t>(tci >> 8);
    p->data[15] = static_cast<uint8_t>(tci);
    p->network = p->data + kEthernetHeader + kVlanHeader;
    set_skb_field(*p, kSkbProtocol, before);
  }
  put_tag(*p, type, static_cast<uint16_t>(r3));
  return 0;
}

uint64_t SkbVlanPop(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  uint16_t tci = 0;
  if (skb_field(*p, kSkbVlanPresent) != 0) {
    set_skb_field(*p, kSkbVlanPresent, 0);
    set_skb_field(*p, kSkbVlanTci, 0);
    set_skb_field(*p, kSkbVlanProto, 0);
  } else {
    if (!is_vlan(protocol(*p))) return 0;
    if (const int64_t failed = pull_tag(*p, &tci)) return result(failed);
  }
  // The next tag, if there is one, becomes the packet's.
  const uint16_t type = protocol(*p);
  if (!is_vlan(type)) return 0;
  if (const int64_t failed = pull_tag(*p, &tci)) return result(failed);
  put_tag(*p, type, tci);
  return 0;
}

uint64_t SkbChangeHead(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  const auto by = static_cast<uint32_t>(r2);
  if (r3 != 0 || packet_length(*p) + by > kMaxLength) return error(EINVAL);
  if (!grow(*p, 0, by)) return error(ENOMEM);
  p->mac = p->data;
  return 0;
}

// What is added is zeroed; at least the headers stay.
uint64_t SkbChangeTail(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  const auto length = static_cast<uint32_t>(r2);
  if (r3 != 0 || length > kMaxLength || length < network_offset(*p)) return error(EINVAL);
  uint8_t* const end = p->data + length;
  if (p->tail - p->data < int64_t{length}) return error(ENOMEM);
  if (end > p->data_end) std::memset(p->data_end, 0, static_cast<size_t>(end - p->data_end));
  p->data_end = end;
  length_changed(*p);
  return 0;
}

uint64_t SkbChangeProto(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  const auto to = static_cast<uint16_t>(r2), from = protocol(*p);
  if (r3 != 0) return error(EINVAL);
  constexpr int64_t kMore = kIpv6Header - kIpv4Header;
  if (from == kIpv4 && to == kIpv6) {
    if (!grow(*p, kEthernetHeader, kMore)) return error(ENOMEM);
  } else if (from == kIpv6 && to == kIpv4) {
    if (!shrink(*p, kEthernetHeader, kMore)) return error(ENOMEM);
  } else {
    return error(kENotSupported);
  }
  p->network = p->data + kEthernetHeader;
  set_skb_field(*p, kSkbProtocol, to);
  p->hash_known = 0;
  set_skb_field(*p, kSkbHash, 0);
  return 0;
}

uint64_t SkbAdjustRoom(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  constexpr uint64_t kEncap = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6;
  constexpr uint64_t kLayer2 = uint64_t{BPF_ADJ_ROOM_ENCAP_L2_MASK} << BPF_ADJ_ROOM_ENCAP_L2_SHIFT;
  constexpr uint64_t kDecap = (1u << 7) | (1u << 8);  // BPF_F_ADJ_ROOM_DECAP_L3_*
  constexpr uint64_t kFlags = BPF_F_ADJ_ROOM_FIXED_GSO | kEncap | BPF_F_ADJ_ROOM_ENCAP_L4_GRE |
                              BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_NO_CSUM_RESET |
                              BPF_F_ADJ_ROOM_ENCAP_L2_ETH | kLayer2 | kDecap;
  constexpr int64_t kMost = 0xfff;
  PacketContext* const p = packet(r1);
  const int64_t by = static_cast<int32_t>(r2);
  const int64_t size = by < 0 ? -by : by;
  const auto mode = static_cast<uint32_t>(r3);
  const uint16_t type = protocol(*p);
  if ((r4 & ~kFlags) != 0) return error(EINVAL);
  if (size > kMost) return error(EFAULT);
  if (type != kIpv4 && type != kIpv6) return error(kENotSupported);
  const int64_t header = type == kIpv4 ? kIpv4Header : kIpv6Header;
  int64_t front = network_offset(*p), least = header;
  if (mode == BPF_ADJ_ROOM_NET) {
    front += header;
  } else if (mode != BPF_ADJ_ROOM_MAC) {
    return error(kENotSupported);
  }
  if ((r4 & kDecap) != 0) {
    if (by > 0 || (r4 & kDecap) == kDecap) return error(EINVAL);
    least = (r4 & (1u << 7)) != 0 ? kIpv4Header : kIpv6Header;
  }
  const int64_t length = static_cast<int64_t>(packet_length(*p));
  const int64_t network = length - network_offset(*p);
  if (by < 0) {
    if (size >= network || network - size < least) return error(kENotSupported);
    if (!shrink(*p, front, size)) return error(ENOMEM);
    if ((r4 & kDecap) != 0) set_skb_field(*p, kSkbProtocol, (r4 & (1u << 7)) != 0 ? kIpv4 : kIpv6);
    p->network = p->data + (length - network);
    return 0;
  }
  if (static_cast<uint64_t>(length + size) > kMaxLength) return error(kENotSupported);
  if ((r4 & kEncap) != 0) {
    const bool udp_and_gre =
        (r4 & BPF_F_ADJ_ROOM_ENCAP_L4_GRE) != 0 && (r4 & BPF_F_ADJ_ROOM_ENCAP_L4_UDP) != 0;
    const auto layer2 = static_cast<int64_t>((r4 & kLayer2) >> BPF_ADJ_ROOM_ENCAP_L2_SHIFT);
    const bool short_ethernet = (r4 & BPF_F_ADJ_ROOM_ENCAP_L2_ETH) != 0 && layer2 < kEthernetHeader;
    if ((r4 & kEncap) == kEncap || udp_and_gre || short_ethernet || layer2 > size)
      return error(EINVAL);
  }
  if (!grow(*p, front, size)) return error(ENOMEM);
  p->network = p->data + (length - network);
  if ((r4 & BPF_F_ADJ_ROOM_ENCAP_L3_IPV6) != 0) set_skb_field(*p, kSkbProtocol, kIpv6);
  if ((r4 & BPF_F_ADJ_ROOM_ENCAP_L3_IPV4) != 0) set_skb_field(*p, kSkbProtocol, kIpv4);
  return 0;
}

}  // namespace weir::helpers
