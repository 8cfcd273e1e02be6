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
constexpr size_t kKeysProtocol = 10;  // struct bpf_flow_keys
constexpr uint32_t kLoopback = 1;     // a test run's interface is lo
constexpr uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;
constexpr uint32_t kAfInet = 2, kAfInet6 = 10;

uint16_t ether_type(ByteSpan frame) {
  return static_cast<uint16_t>(frame[12] << 8 | frame[13]);
}

// PACKET_HOST, _MULTICAST or _OTHERHOST, seen from lo. Its address is all zeros and its broadcast
// address too, so that no packet is _BROADCAST.
uint32_t packet_type(ByteSpan frame) {
  if (std::all_of(frame.begin(), frame.begin() + 6, [](uint8_t b) { return b == 0; })) return 0;
  return (frame[0] & 1) != 0 ? 2 : 3;
}

// eth_type_trans(): a type below 1536 is a length. Then the first bytes say whether it is Novell's
// raw 802.3 (ETH_P_802_3) or 802.2 (ETH_P_802_2).
uint16_t protocol_of(ByteSpan frame) {
  constexpr uint16_t kFirstType = 0x600, kRaw8023 = 1, k8022 = 4;
  const uint16_t type = ether_type(frame);
  if (type >= kFirstType) return type;
  const bool novell = frame.size() >= kEthernetHeader + 2 && frame[14] == 0xff && frame[15] == 0xff;
  return novell ? kRaw8023 : k8022;
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
  const uint32_t protocol = protocol_of(frame);
  put(context.skb, kSkbProtocol, protocol >> 8 | (protocol & 0xff) << 8);
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

// An XDP frame of the kernel's lies in one page, with struct skb_shared_info at its end.
size_t tailroom(ContextKind kind, size_t frame) {
  if (kind == ContextKind::kXdp && frame <= kXdpLinearBytes) return kXdpLinearBytes - frame;
  return kPacketTailroom;
}

}  // namespace

bool begins_at_ip(ContextKind kind) {
  switch (kind) {
    case ContextKind::kSocketFilter:
    case ContextKind::kCgroupSkb:
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit:
    case ContextKind::kLwtSeg6Local: return true;
    default: return false;
  }
}

PacketInput packet_input(ContextKind kind) {
  switch (kind) {
    case ContextKind::kSkSkb:
    case ContextKind::kSkMsg:
    case ContextKind::kSkReuseport:
    case ContextKind::kSockOps:
    case ContextKind::kCgroupSockopt: return PacketInput::kBytes;
    default: return context_struct_bytes(kind) != 0 ? PacketInput::kContext : PacketInput::kFrame;
  }
}

namespace {
Status describe(ContextKind kind, std::span<uint8_t> frame, PacketContext& context);
}

Status describe_frame(ContextKind kind, std::span<uint8_t> frame, PacketContext& context) {
  if (packet_input(kind) != PacketInput::kFrame || kind == ContextKind::kFlowDissector) {
    return Error(
        ErrorCode::kUsage,
        fmt::format("a program of hook kind '{}' needs more than a frame", context_name(kind)));
  }
  return describe(kind, frame, context);
}

namespace {

Status describe(ContextKind kind, std::span<uint8_t> frame, PacketContext& context) {
  if (frame.size() < kEthernetHeader) {
    return Error(ErrorCode::kUsage,
                 fmt::format("a frame of {} bytes is shorter than its Ethernet header ({} bytes)",
                             frame.size(), kEthernetHeader));
  }
  if (frame.size() > kMaxDataBytes) {
    return Error(ErrorCode::kUsage, fmt::format("a frame of {} bytes is too long: {} at most",
                                                frame.size(), kMaxDataBytes));
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

}  // namespace

Status PacketBuffer::place(ContextKind kind, ByteSpan input) {
  kind_ = kind;
  const PacketInput what = packet_input(kind);
  const size_t structure_bytes = context_struct_bytes(kind);
  if (what == PacketInput::kContext && input.size() > structure_bytes) {
    return Error(ErrorCode::kUsage,
                 fmt::format("{} bytes are more than the context of hook kind '{}' has ({})",
                             input.size(), context_name(kind), structure_bytes));
  }
  const ByteSpan data = what == PacketInput::kContext ? ByteSpan() : input;
  memory_.resize(kPacketHeadroom + data.size() + tailroom(kind, data.size()));
  uint8_t* const start = memory_.data() + kPacketHeadroom;
  // What a program makes room for must not be another packet's.
  std::memset(memory_.data(), 0, kPacketHeadroom);
  if (!data.empty()) std::memcpy(start, data.data(), data.size());
  block_.resize(1 + (structure_bytes + sizeof(PacketContext) - 1) / sizeof(PacketContext));
  PacketContext& context = block_.front();
  if (what == PacketInput::kFrame) {
    WEIR_CHECK(describe(kind, std::span(start, data.size()), context));
  } else {
    context = PacketContext();
    context.kind = static_cast<uint32_t>(kind);
    context.socket_uid = 0;
    context.mac = context.network = context.data = context.data_meta = start;
    context.data_end = start + data.size();
    put(context.skb, kSkbLen, static_cast<uint32_t>(data.size()));
  }
  context.head = memory_.data();
  context.tail = memory_.data() + memory_.size();
  tunnel_options_.resize(kMaxTunnelOptions);
  context.tunnel_options_out = tunnel_options_.data();
  if (structure_bytes != 0) place_structure(input);
  if (kind == ContextKind::kFlowDissector) place_flow_keys();
  return {};
}

std::span<uint8_t> PacketBuffer::structure() {
  return {reinterpret_cast<uint8_t*>(block_.data()) + kStructOffset, context_struct_bytes(kind_)};
}

void PacketBuffer::place_structure(ByteSpan input) {
  const std::span<uint8_t> bytes = structure();
  std::ranges::fill(bytes, uint8_t{0});
  const auto length = static_cast<uint32_t>(input.size());
  // sk_msg_md::size, sk_reuseport_md::len, bpf_sock_ops::skb_len, bpf_sockopt::optlen.
  switch (kind_) {
    case ContextKind::kSkMsg: put(bytes.data(), 68, length); break;
    case ContextKind::kSkReuseport: put(bytes.data(), 16, length); break;
    case ContextKind::kSockOps: put(bytes.data(), 208, length); break;
    case ContextKind::kCgroupSockopt: put(bytes.data(), 32, length); break;
    default: std::ranges::copy(input, bytes.begin()); break;
  }
}

// As bpf_prog_test_run_flow_dissector() starts: the headers begin behind the Ethernet header.
void PacketBuffer::place_flow_keys() {
  PacketContext& context = block_.front();
  context.data_meta = context.data - kFlowKeysBytes;
  constexpr uint16_t kOffset = kEthernetHeader;
  std::memcpy(context.data_meta, &kOffset, sizeof kOffset);              // nhoff
  std::memcpy(context.data_meta + 2, &kOffset, sizeof kOffset);          // thoff
  std::memcpy(context.data_meta + kKeysProtocol, context.data + 12, 2);  // n_proto
}

ByteSpan PacketBuffer::packet() const {
  const PacketContext& context = block_.front();
  if (packet_input(kind_) == PacketInput::kContext) {
    return {reinterpret_cast<const uint8_t*>(block_.data()) + kStructOffset,
            context_struct_bytes(kind_)};
  }
  if (kind_ == ContextKind::kFlowDissector) return {context.data_meta, kFlowKeysBytes};
  const uint8_t* from = kind_ == ContextKind::kXdp ? context.data_meta : context.data;
  return ByteSpan(from, static_cast<size_t>(context.data_end - from));
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

constexpr std::string_view kSkActions[] = {"SK_DROP", "SK_PASS"};

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
    case ContextKind::kLwtXmit:
    case ContextKind::kLwtSeg6Local: return name_in(kLwtActions, action);
    case ContextKind::kSkSkb:
    case ContextKind::kSkMsg:
    case ContextKind::kSkReuseport:
    case ContextKind::kSkLookup: return name_in(kSkActions, action);
    case ContextKind::kFlowDissector:
      return action == 129 ? "BPF_FLOW_DISSECTOR_CONTINUE" : name_in(kLwtActions, action);
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
    case ContextKind::kLwtXmit:
    case ContextKind::kLwtSeg6Local:
    case ContextKind::kFlowDissector: return action == 2;
    case ContextKind::kSkSkb:
    case ContextKind::kSkMsg:
    case ContextKind::kSkReuseport:
    case ContextKind::kSkLookup:
    case ContextKind::kCgroupSock:
    case ContextKind::kCgroupSockAddr:
    case ContextKind::kCgroupSockopt:
    case ContextKind::kCgroupSysctl:
    case ContextKind::kCgroupDevice: return (action & 1) == 0;
    // Nothing is judged.
    case ContextKind::kSockOps:
    case ContextKind::kKprobe:
    case ContextKind::kTracepoint:
    case ContextKind::kRawTracepoint:
    case ContextKind::kPerfEvent:
    case ContextKind::kTracing: return false;
  }
  return false;
}

}  // namespace weir
