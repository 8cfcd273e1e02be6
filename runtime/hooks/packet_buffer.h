// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A packet in memory of its own, with room around it, and the context that a hook kind of the
// kernel gives a program for it. What the fields hold is what BPF_PROG_TEST_RUN gives them, so that
// a run here and one in the kernel start alike.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/contexts.h"
#include "runtime/abi/exec_context.h"
#include "runtime/abi/packet_context.h"

namespace weir {

// XDP_PACKET_HEADROOM; skb kinds get as much.
inline constexpr size_t kPacketHeadroom = 256;
// For helpers that make a packet longer.
inline constexpr size_t kPacketTailroom = 512;
inline constexpr size_t kEthernetHeader = 14;
// What a page of 4096 bytes has for an XDP frame, between headroom and struct skb_shared_info.
inline constexpr size_t kXdpLinearBytes = 3520;

// What PacketBuffer::place() takes: a frame; the bytes of a message, an option or a packet's
// payload; or the context itself (context_struct_bytes()).
enum class PacketInput : uint8_t { kFrame, kBytes, kContext };
PacketInput packet_input(ContextKind kind);

// The context of a frame that stays where it is, with no room around it. Errors: too short for the
// kind, as of PacketBuffer::place(); kinds that need more than a frame.
Status describe_frame(ContextKind kind, std::span<uint8_t> frame, PacketContext& context);

// The same for another frame at kXdp, in a context that describe_frame() made for that kind before:
// programs change nothing of it but the pointers, so the rest is there still. False: too short.
inline bool describe_next_xdp(std::span<uint8_t> frame, PacketContext& context) {
  if (frame.size() < kEthernetHeader || frame.size() > kMaxDataBytes) return false;
  context.head = context.mac = context.data = context.data_meta = frame.data();
  context.network = frame.data() + kEthernetHeader;
  context.tail = context.data_end = frame.data() + frame.size();
  return true;
}

class PacketBuffer {
 public:
  // Places a frame, from its Ethernet header on, for a run of a program of that kind (kPacket
  // kinds), or what packet_input() says; a context may be shorter than the kernel's, the rest is
  // zeros. Reuses the memory of the packet before. Errors: the frame is shorter than the kernel
  // takes there, the context longer; then there is no packet.
  Status place(ContextKind kind, ByteSpan input);

  PacketContext& context() { return block_.front(); }
  // The kernel's structure behind it, for kinds that have one of their own.
  std::span<uint8_t> structure();
  // The packet as it is now: from the data's start, with the meta data before it for XDP; the
  // context, where that was given; of a flow dissector the struct bpf_flow_keys.
  ByteSpan packet() const;

 private:
  void place_structure(ByteSpan input);
  void place_flow_keys();

  std::vector<uint8_t> memory_;
  std::vector<uint8_t> tunnel_options_;  // what a program asked for
  // The context, and room for a structure behind it.
  std::vector<PacketContext> block_ = std::vector<PacketContext>(1);
  ContextKind kind_ = ContextKind::kXdp;
};

// True for kinds whose data begins at the IP header: the Ethernet header lies before it.
bool begins_at_ip(ContextKind kind);

// What a result means to a host that passes or drops: XDP_ABORTED, XDP_DROP and unknown ones drop,
// XDP_TX and XDP_REDIRECT pass; TC_ACT_SHOT and the like drop; socket filters and cgroups drop at
// 0; raw kinds drop at anything else than 0.
bool verdict_drops(ContextKind kind, uint64_t result);
// "XDP_PASS", "TC_ACT_SHOT", ...; empty where a result is just a number.
std::string_view verdict_name(ContextKind kind, uint64_t result);

}  // namespace weir
