// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/judge.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/attach/virtio_header.h"

namespace weir::attach {

namespace {

constexpr uint32_t kLoopback = 1;  // the interface of a frame that comes from none, as in test runs

bool is_arp(const Frame& frame) {
  return frame.bytes[12] == 0x08 && frame.bytes[13] == 0x06;
}

// The frame is now what the program made of its copy. False, and as it was: it has become too short
// or long, or the virtio-net header cannot say what became of it.
bool take_copy(Frame& frame, const Packet& packet) {
  const std::span<uint8_t> changed(packet.data, packet.size);
  if (changed.size() < kMinFrameBytes || changed.size() + frame.vnet.size() > kMaxFrameBytes) {
    return false;
  }
  const Frame before = frame;
  const ptrdiff_t grown = ptrdiff_t{kPacketHeadroom} - ptrdiff_t{packet.headroom};
  const bool same = grown == 0 && changed.size() == before.bytes.size();
  frame.bytes = changed;
  if (same || adjust_header(frame, grown)) return true;
  frame = before;
  return false;
}

}  // namespace

struct Judge::Running {
  Entry entry;
  std::unique_ptr<Filter> filter;
  uint32_t link = 0;    // the program's, at its filter
  bool copied = false;  // it is given a copy of a frame (place_copy)
  uint64_t order = 0;   // of attachment
};

ChainRules link_rules(ContextKind at, const Executable& program, std::optional<uint32_t> priority,
                      std::optional<VerdictSet> go_on) {
  ChainRules rules = chain_rules(at, program.info().run_config, priority, go_on);
  if (at == ContextKind::kXdp || go_on) return rules;
  rules.go_on = {};
  for (uint32_t result = 0; result < 64; ++result) {
    if (!verdict_drops(at, result)) rules.go_on.insert(result);
  }
  if (!verdict_drops(at, UINT32_MAX)) rules.go_on.insert(UINT32_MAX);
  return rules;
}

Judge::Judge(const Rules& rules, Worker& worker)
    : rules_(rules), worker_(worker), memory_(kPacketHeadroom + kMaxFrameBytes + kPacketTailroom) {}
Judge::~Judge() = default;

// The filter is another one only where its options are.
Status Judge::take(Running& running, std::shared_ptr<const AttachedProgram> program) {
  const bool goes_on = running.filter && running.filter->options().hook == program->at &&
                       running.filter->options().budget == program->budget;
  if (goes_on) {
    WEIR_CHECK(running.filter->replace(running.link, program->instance));
  } else {
    // Traps are for the rules, which may change while it runs. A program that was replaced is gone.
    auto filter = std::make_unique<Filter>(
        worker_.host(),
        FilterOptions{.hook = program->at, .budget = program->budget, .history = 0});
    // What its result means to the next one is for the judge.
    WEIR_TRY(running.link, filter->attach({.program = program->instance, .go_on = VerdictSet()}));
    running.filter = std::move(filter);
  }
  running.copied = context_shape(program->at) == ContextShape::kPacket;
  running.entry.last_trap = {};
  running.entry.trapped_in = 0;
  running.entry.program = std::move(program);
  return {};
}

Status Judge::attach(std::shared_ptr<const AttachedProgram> program, bool replaces) {
  const auto same = std::ranges::find_if(
      running_, [&](const auto& one) { return one->entry.program->name == program->name; });
  if (same == running_.end()) {
    if (replaces) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("no program '{}' is attached to replace", printable(program->name)));
    }
    auto running = std::make_unique<Running>();
    WEIR_CHECK(take(*running, std::move(program)));
    running->order = attached_++;
    running_.push_back(std::move(running));
    sort();
    return {};
  }
  if (!replaces) {
    return Error(ErrorCode::kUsage,
                 fmt::format("a program '{}' is attached already", printable(program->name)))
        .with_hint("replace it, or give this one another --name");
  }
  WEIR_CHECK(take(**same, std::move(program)));
  ++(*same)->entry.generation;
  sort();
  return {};
}

// By priority, then as attached; then XDP programs of one priority change places among themselves,
// so that they stand in the order of their names.
void Judge::sort() {
  const auto rules = [](const auto& one) -> const ChainRules& { return one->entry.program->rules; };
  std::ranges::sort(running_, [&](const auto& a, const auto& b) {
    const uint32_t first = rules(a).priority, second = rules(b).priority;
    return first != second ? first < second : a->order < b->order;
  });
  for (auto from = running_.begin(); from != running_.end();) {
    const auto to = std::find_if(from, running_.end(), [&](const auto& one) {
      return rules(one).priority != rules(*from).priority;
    });
    std::vector<std::unique_ptr<Running>> xdp;
    const auto is_xdp = [](const auto& one) { return one->entry.program->at == ContextKind::kXdp; };
    std::vector<size_t> places;
    for (auto it = from; it != to; ++it) {
      if (!is_xdp(*it)) continue;
      places.push_back(static_cast<size_t>(it - running_.begin()));
      xdp.push_back(std::move(*it));
    }
    std::ranges::stable_sort(xdp, {}, [](const auto& one) -> const std::string& {
      return one->entry.program->instance->name();
    });
    for (size_t i = 0; i < xdp.size(); ++i) running_[places[i]] = std::move(xdp[i]);
    from = to;
  }
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
  bool drops = false;  // the result of the last one, where it was one to go on after
  for (const auto& one : running_) {
    const AttachedProgram& program = *one->entry.program;
    if (!covers(program.directions, direction)) continue;
    ProgramCounters& counters = one->entry.counters[static_cast<size_t>(direction)];
    switch (run(*one, frame, drops)) {
      case Outcome::kGoOn: ++counters.runs; break;
      case Outcome::kPass: ++counters.runs; return true;
      case Outcome::kDrop:
        ++counters.runs;
        ++counters.dropped;
        return false;
      case Outcome::kTrap:
        ++counters.runs;
        ++counters.trapped;
        drops = false;
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
  if (drops) return false;
  // Where nothing is attached, nothing has said that a frame may pass.
  return !running_.empty() || !rules_.fail_closed;
}

// A program of a kernel's hook kind gets a copy, with room around it to grow into. False: the frame
// is nothing for the hook kind.
bool Judge::place_copy(const Frame& frame, ContextKind at, Packet& packet) {
  const size_t size = frame.bytes.size();
  if (size > kMaxFrameBytes) return false;
  // Where an earlier program of the chain has left its result, that is moved.
  packet.data = memory_.data() + kPacketHeadroom;
  std::memmove(packet.data, frame.bytes.data(), size);
  std::memset(memory_.data(), 0, kPacketHeadroom);  // room holds nothing of other packets
  packet.headroom = kPacketHeadroom;
  packet.tailroom = kPacketTailroom;
  packet.ifindex = kLoopback;
  if (at != ContextKind::kXdp && !frame.vnet.empty()) {
    const VirtioHeader header = read_header(frame.vnet);
    packet.gso_size = header.gso_size;
    packet.gso_segments = segments(header, size);
  }
  return true;
}

Judge::Outcome Judge::run(Running& running, Frame& frame, bool& drops) {
  const ContextKind at = running.entry.program->at;
  Packet packet{.data = frame.bytes.data(), .size = static_cast<uint32_t>(frame.bytes.size())};
  if (running.copied && !place_copy(frame, at, packet)) return Outcome::kNotTaken;
  running.filter->run(worker_, {&packet, 1});
  if (packet.link == 0) return Outcome::kNotTaken;
  if (packet.trap != 0) [[unlikely]] {
    // What it did to a copy does not count: under fail-open the frame goes on as it was.
    running.entry.last_trap = {static_cast<TrapCode>(packet.trap), packet.trap_instruction};
    running.entry.trapped_in = packet.trap_program;
    return Outcome::kTrap;
  }
  const bool dropped = verdict_drops(at, packet.result);
  const ChainRules& rules = running.entry.program->rules;
  const bool by_default = rules.go_on_from == ChainSource::kDefault && at != ContextKind::kXdp;
  const bool goes_on = by_default ? !dropped : rules.go_on.contains(packet.result);
  if (dropped && !goes_on) return Outcome::kDrop;
  if (running.copied && !take_copy(frame, packet)) return Outcome::kBadLength;
  // A row of XDP programs that all went on ends in XDP_PASS, as libxdp's does.
  if (goes_on) drops = dropped && at != ContextKind::kXdp;
  return goes_on ? Outcome::kGoOn : Outcome::kPass;
}

}  // namespace weir::attach
