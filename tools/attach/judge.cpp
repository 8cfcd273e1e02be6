// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/judge.h"

#include <pcap/dlt.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/engine/helper_table.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/attach/virtio_header.h"
#include "tools/link_layer.h"

namespace weir::attach {

namespace {

// struct __sk_buff (uapi/linux/bpf.h).
constexpr size_t kSkbGsoSegments = 164, kSkbGsoSize = 176;

bool is_arp(const Frame& frame) {
  return frame.bytes[12] == 0x08 && frame.bytes[13] == 0x06;
}

}  // namespace

struct Judge::Running {
  Entry entry;
  ExecContext context;
  PacketContext packet;
  bool described = false;  // `packet` was made for this program's hook kind

  Running(std::shared_ptr<const AttachedProgram> program, uint32_t cpu) {
    take(std::move(program), cpu);
  }
  void take(std::shared_ptr<const AttachedProgram> program, uint32_t cpu) {
    context = ExecContext();
    described = false;
    context.cpu = cpu;
    context.helpers = helper_table(program->programs->executable(0).info().options.helpers);
    program->programs->attach(0, context);
    entry.program = std::move(program);
  }
};

Judge::Judge(const Rules& rules, uint32_t cpu)
    : rules_(rules), cpu_(cpu), memory_(kPacketHeadroom + kMaxFrameBytes + kPacketTailroom) {}
Judge::~Judge() = default;

Status Judge::attach(std::shared_ptr<const AttachedProgram> program, bool replaces) {
  const auto same = std::ranges::find_if(
      running_, [&](const auto& one) { return one->entry.program->name == program->name; });
  if (same == running_.end()) {
    if (replaces) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("no program '{}' is attached to replace", printable(program->name)));
    }
    running_.push_back(std::make_unique<Running>(std::move(program), cpu_));
    return {};
  }
  if (!replaces) {
    return Error(ErrorCode::kUsage,
                 fmt::format("a program '{}' is attached already", printable(program->name)))
        .with_hint("replace it, or give this one another --name");
  }
  (*same)->take(std::move(program), cpu_);
  ++(*same)->entry.generation;
  return {};
}

Status Judge::detach(const std::string& name) {
  const auto removed =
      std::erase_if(running_, [&](const auto& one) { return one->entry.program->name == name; });
  if (removed != 0) return {};
  return Error(ErrorCode::kNotFound, fmt::format("no program '{}' is attached", printable(name)));
}

std::vector<Judge::Entry> Judge::entries() const {
  std::vector<Entry> out;
  for (const auto& one : running_) out.push_back(one->entry);
  return out;
}

bool Judge::passes_untaken(const Frame& frame) const {
  switch (rules_.not_taken) {
    case NotTaken::kPass: return true;
    case NotTaken::kDrop: return false;
    case NotTaken::kArpOnly: return is_arp(frame);
  }
  return false;
}

bool Judge::passes(Frame& frame, Direction direction) {
  for (const auto& one : running_) {
    const AttachedProgram& program = *one->entry.program;
    if (!covers(program.directions, direction)) continue;
    ProgramCounters& counters = one->entry.counters[static_cast<size_t>(direction)];
    switch (run(*one, frame)) {
      case Outcome::kPass: ++counters.runs; break;
      case Outcome::kDrop:
        ++counters.runs;
        ++counters.dropped;
        return false;
      case Outcome::kTrap:
        ++counters.runs;
        ++counters.trapped;
        if (!rules_.fail_closed) break;
        ++counters.dropped;
        return false;
      case Outcome::kNotTaken:
        ++counters.not_taken;
        if (passes_untaken(frame)) break;
        ++counters.dropped;
        return false;
      case Outcome::kBadLength:
        ++counters.runs;
        ++counters.bad_length;
        ++counters.dropped;
        return false;
    }
  }
  // Where nothing is attached, nothing has said that a frame may pass.
  return !running_.empty() || !rules_.fail_closed;
}

Judge::Outcome Judge::run(Running& running, Frame& frame) {
  const AttachedProgram& program = *running.entry.program;
  begin_run(running.context, program.budget);
  uint64_t result = 0;
  Outcome outcome = Outcome::kPass;
  if (context_shape(program.at) == ContextShape::kPacket) {
    outcome = run_on_packet(running, frame);
  } else {
    std::span<uint8_t> data = frame.bytes;
    if (program.at == ContextKind::kIp) {
      const auto ip = tool::find_ip(DLT_EN10MB, frame.bytes);
      if (!ip) return Outcome::kNotTaken;
      data = data.subspan(static_cast<size_t>(ip->data() - data.data()), ip->size());
    }
    result = program.programs->executable(0).run(&running.context, data.data(), data.size());
    outcome = verdict_drops(program.at, result) ? Outcome::kDrop : Outcome::kPass;
  }
  if (running.context.trap_code == TrapCode::kNone) [[likely]]
    return outcome;
  running.entry.last_trap = trap_of(running.context);
  running.entry.trapped_in = running.context.program;
  running.context.program = 0;
  return Outcome::kTrap;
}

// A program of a kernel's hook kind gets a copy, with room around it to grow into. If it traps, the
// frame is as it was.
Judge::Outcome Judge::run_on_packet(Running& running, Frame& frame) {
  const AttachedProgram& program = *running.entry.program;
  const size_t size = frame.bytes.size();
  if (size > kMaxFrameBytes) return Outcome::kNotTaken;
  // Where an earlier program of the chain has left its result, that is moved.
  uint8_t* const start = memory_.data() + kPacketHeadroom;
  std::memmove(start, frame.bytes.data(), size);
  std::memset(memory_.data(), 0, kPacketHeadroom);  // room holds nothing of other packets
  PacketContext& packet = running.packet;
  const Status described = running.described && program.at == ContextKind::kXdp
                               ? describe_next_xdp({start, size}, packet)
                               : describe_frame(program.at, {start, size}, packet);
  if (!described) return Outcome::kNotTaken;
  running.described = true;
  packet.head = memory_.data();
  packet.tail = start + size + kPacketTailroom;
  if (program.at != ContextKind::kXdp && !frame.vnet.empty()) {
    const VirtioHeader header = read_header(frame.vnet);
    const uint32_t gso_size = header.gso_size, gso_segments = segments(header, size);
    std::memcpy(packet.skb + kSkbGsoSize, &gso_size, sizeof(gso_size));
    std::memcpy(packet.skb + kSkbGsoSegments, &gso_segments, sizeof(gso_segments));
  }
  const bool at_ip = begins_at_ip(program.at);
  uint8_t ethernet[kEthernetHeader];
  std::memcpy(ethernet, start, sizeof(ethernet));
  const uint64_t result = program.programs->executable(0).run(&running.context, &packet, 0);
  if (running.context.trap_code != TrapCode::kNone) {
    // Nothing of what it did counts, as in the kernel a dropped packet is nobody's; under fail-open
    // the frame goes on unchanged.
    return Outcome::kTrap;
  }
  if (verdict_drops(program.at, result)) return Outcome::kDrop;
  uint8_t* first = packet.data;
  if (at_ip) {
    // The hook has nothing to say about the Ethernet header: it goes where the packet goes.
    first -= kEthernetHeader;
    if (first < packet.head) return Outcome::kBadLength;
    if (first != start) std::memcpy(first, ethernet, sizeof(ethernet));
  }
  const Frame before = frame;
  frame.bytes = {first, static_cast<size_t>(packet.data_end - first)};
  if (frame.bytes.size() < kMinFrameBytes ||
      frame.bytes.size() + frame.vnet.size() > kMaxFrameBytes) {
    frame = before;
    return Outcome::kBadLength;
  }
  const bool same = first == start && frame.bytes.size() == size;
  if (!same && !adjust_header(frame, start - first)) {
    frame = before;
    return Outcome::kBadLength;
  }
  return Outcome::kPass;
}

}  // namespace weir::attach
