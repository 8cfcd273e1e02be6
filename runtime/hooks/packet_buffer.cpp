// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/packet_buffer.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace weir {

namespace {

// Offsets in struct __sk_buff and struct xdp_md (uapi/linux/bpf.h).
constexpr size_t kSkbLen = 0, kSkbPktType = 4, kSkbProtocol = 16, kSkbIfindex = 40, kSkbFamily = 88,
                 kSkbRemoteIp4 = 92, kSkbLocalIp4 = 96, kSkbRemoteIp6 = 100, kSkbLocalIp6 = 116,
                 kSkbWireLen = 160, kXdpIngressIfindex = 12;
constexpr uint32_t kLoopback = 1;  // a test run's interface is lo
constexpr uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;
constexpr uint32_t kAfInet = 2, kAfInet6 = 10;

uint16_t ether_type(ByteSpan frame) {
  return static_cast<uint16_t>(frame[12] << 8 | frame[13]);
}

// PACKET_HOST, _BROADCAST, _MULTICAST or _OTHERHOST, seen from lo, whose address is all zeros.
uint32_t packet_type(ByteSpan frame) {
  const auto all = [&](uint8_t byte) {
    return std::all_of(frame.begin(), frame.begin() + 6, [&](uint8_t b) { return b == byte; });
  };
  if (all(0)) return 0;
  if (all(0xff)) return 1;
  return (frame[0] & 1) != 0 ? 2 : 3;
}

void put(uint8_t* fields, size_t offset, uint32_t value) {
  std::memcpy(fields + offset, &value, sizeof(value));
}

void fill_skb(ContextKind kind, ByteSpan frame, PacketContext& context) {
  const auto length = static_cast<uint32_t>(context.data_end - context.data);
  const uint16_t type = ether_type(frame);
  put(context.skb, kSkbLen, length);
  put(context.skb, kSkbWireLen, length);
  put(context.skb, kSkbPktType, packet_type(frame));
  put(context.skb, kSkbProtocol, uint32_t{frame[12]} | uint32_t{frame[13]} << 8);
  put(context.skb, kSkbIfindex, kLoopback);
  if (kind != ContextKind::kCgroupSkb) return;
  // The socket of a test run takes its addresses from the packet.
  const uint8_t* ip = context.network;
  if (type == kEtherIpv4) {
    put(context.skb, kSkbFamily, kAfInet);
    std::memcpy(context.skb + kSkbLocalIp4, ip + 12, 4);
    std::memcpy(context.skb + kSkbRemoteIp4, ip + 16, 4);
  } else if (type == kEtherIpv6) {
    put(context.skb, kSkbFamily, kAfInet6);
    std::memcpy(context.skb + kSkbLocalIp6, ip + 8, 16);
    std::memcpy(context.skb + kSkbRemoteIp6, ip + 24, 16);
  }
}

}  // namespace

bool begins_at_ip(ContextKind kind) {
  switch (kind) {
    case ContextKind::kSocketFilter:
    case ContextKind::kCgroupSkb:
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit: return true;
    default: return false;
  }
}

Status describe_frame(ContextKind kind, std::span<uint8_t> frame, PacketContext& context) {
  if (frame.size() < kEthernetHeader) {
    return Error(ErrorCode::kUsage,
                 fmt::format("a frame of {} bytes is shorter than its Ethernet header ({} bytes)",
                             frame.size(), kEthernetHeader));
  }
  const uint16_t type = ether_type(frame);
  const size_t ip_header = type == kEtherIpv4 ? 20 : type == kEtherIpv6 ? 40 : 0;
  if (kind != ContextKind::kXdp && frame.size() < kEthernetHeader + ip_header) {
    return Error(ErrorCode::kUsage,
                 fmt::format("an IP packet of {} bytes is shorter than its header ({} bytes)",
                             frame.size() - kEthernetHeader, ip_header));
  }
  uint8_t* const start = frame.data();
  context = PacketContext();
  context.kind = static_cast<uint32_t>(kind);
  context.socket_uid = 0;  // a test run's socket is root's
  context.head = start;
  context.tail = start + frame.size();
  context.mac = start;
  context.network = start + kEthernetHeader;
  context.data = begins_at_ip(kind) ? context.network : start;
  context.data_meta = context.data;
  context.data_end = start + frame.size();
  if (kind == ContextKind::kXdp) {
    put(context.xdp, kXdpIngressIfindex, kLoopback);
  } else {
    fill_skb(kind, frame, context);
  }
  return {};
}

Status PacketBuffer::place(ContextKind kind, ByteSpan frame) {
  memory_.resize(kPacketHeadroom + frame.size() + kPacketTailroom);
  uint8_t* const start = memory_.data() + kPacketHeadroom;
  if (!frame.empty()) std::memcpy(start, frame.data(), frame.size());
  kind_ = kind;
  WEIR_CHECK(describe_frame(kind, std::span(start, frame.size()), context_));
  context_.head = memory_.data();
  context_.tail = memory_.data() + memory_.size();
  return {};
}

ByteSpan PacketBuffer::packet() const {
  const uint8_t* from = kind_ == ContextKind::kXdp ? context_.data_meta : context_.data;
  return ByteSpan(from, static_cast<size_t>(context_.data_end - from));
}

namespace {
constexpr std::string_view kXdpActions[] = {"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX",
                                            "XDP_REDIRECT"};
constexpr std::string_view kTcActions[] = {"TC_ACT_OK",     "TC_ACT_RECLASSIFY", "TC_ACT_SHOT",
                                           "TC_ACT_PIPE",   "TC_ACT_STOLEN",     "TC_ACT_QUEUED",
                                           "TC_ACT_REPEAT", "TC_ACT_REDIRECT",   "TC_ACT_TRAP"};
constexpr std::string_view kLwtActions[] = {
    "BPF_OK", "", "BPF_DROP", "", "", "", "", "BPF_REDIRECT",   "",
    "",       "", "",         "", "", "", "", "BPF_LWT_REROUTE"};

std::string_view name_in(std::span<const std::string_view> names, uint32_t result) {
  return result < names.size() ? names[result] : std::string_view();
}
}  // namespace

std::string_view verdict_name(ContextKind kind, uint64_t result) {
  const auto action = static_cast<uint32_t>(result);
  switch (kind) {
    case ContextKind::kXdp: return name_in(kXdpActions, action);
    case ContextKind::kSchedCls:
    case ContextKind::kSchedAct:
      return action == UINT32_MAX ? "TC_ACT_UNSPEC" : name_in(kTcActions, action);
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit: return name_in(kLwtActions, action);
    default: return {};
  }
}

bool verdict_drops(ContextKind kind, uint64_t result) {
  const auto action = static_cast<uint32_t>(result);
  switch (kind) {
    case ContextKind::kMemory:
    case ContextKind::kIp:
    case ContextKind::kFrame: return result != 0;
    case ContextKind::kXdp: return action < 2 || action > 4;
    case ContextKind::kSchedCls:
    case ContextKind::kSchedAct: return action == 2 || action == 4 || action == 5 || action == 8;
    case ContextKind::kSocketFilter: return action == 0;
    case ContextKind::kCgroupSkb: return (action & 1) == 0;
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit: return action == 2;
  }
  return false;
}

}  // namespace weir
