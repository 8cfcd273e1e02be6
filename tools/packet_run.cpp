// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/packet_run.h"

#include <algorithm>

#include "runtime/engine/helper_table.h"
#include "tools/link_layer.h"

namespace weir::tool {

namespace {
// A batch is as large as needed for the clock not to show in the figures, and small enough to stay
// in the second-level cache.
constexpr size_t kBatchPackets = 512;
constexpr size_t kBatchBytes = 256 * 1024;
}  // namespace

PacketRun::PacketRun(std::vector<const ProgramSet*> members, Chain chain, const FilterRules& rules)
    : members_(std::move(members)), chain_(std::move(chain)), rules_(rules) {
  counts_.decided.resize(members_.size());
}

void PacketRun::add(const CapturedPacket& packet, const Passed& passed) {
  Slot slot{.header = packet.header, .start = bytes_.size(), .data_start = bytes_.size()};
  if (rules_.at == ContextKind::kIp) {
    const auto ip = find_ip(rules_.link_type, packet.bytes);
    slot.runs = ip.has_value();
    if (ip) {
      slot.data_start += static_cast<size_t>(ip->data() - packet.bytes.data());
      slot.data_size = ip->size();
    }
  } else {
    slot.data_size = packet.bytes.size();
  }
  bytes_.insert(bytes_.end(), packet.bytes.begin(), packet.bytes.end());
  slots_.push_back(slot);
  if (slots_.size() >= kBatchPackets || bytes_.size() >= kBatchBytes) finish(passed);
}

void PacketRun::finish(const Passed& passed) {
  for (uint32_t round = 0; round < rules_.repeat; ++round) {
    place_batch();  // a program may write to its packet: each round starts from the original
    run_batch(round == 0);
  }
  for (const Slot& slot : slots_) {
    ++counts_.packets;
    if (slot.runs) {
      ++counts_.decided[slot.decided];
    } else {
      ++counts_.not_ip;
    }
    if (slot.trap) {
      ++counts_.trapped;
      ++counts_.traps[{slot.trapped_in, slot.program, slot.trap.code, slot.trap.insn}];
    }
    if (slot.drops) {
      ++counts_.dropped;
      continue;
    }
    ++counts_.passed;
    if (!passed) continue;
    CapturedPacket packet;
    packet.header = slot.header;
    packet.bytes = ByteSpan(bytes_).subspan(slot.start, slot.header.caplen);
    passed(packet);
  }
  slots_.clear();
  bytes_.clear();
}

void PacketRun::place_batch() {
  if (context_shape(rules_.at) == ContextShape::kRaw) {
    copy_ = bytes_;
    return;
  }
  if (buffers_.size() < slots_.size()) buffers_.resize(slots_.size());
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    const ByteSpan frame = ByteSpan(bytes_).subspan(slot.data_start, slot.data_size);
    slot.runs = buffers_[i].place(rules_.at, frame).has_value();
  }
}

// The result; of a run that trapped what passes or drops, as the user wants.
uint64_t PacketRun::run_member(ExecContext& context, size_t member, size_t index, bool first) {
  Slot& slot = slots_[index];
  const ProgramSet& programs = *members_[member];
  if (members_.size() > 1) {
    context.helpers = helper_table(programs.executable(0).info().options.helpers);
    programs.attach(0, context);
  }
  begin_run(context, rules_.budget);
  const Executable& executable = programs.executable(0);
  const uint64_t result =
      context_shape(rules_.at) == ContextShape::kPacket
          ? executable.run(&context, &buffers_[index].context(), 0)
          : executable.run(&context, copy_.data() + slot.data_start, slot.data_size);
  if (context.trap_code == TrapCode::kNone) [[likely]]
    return result;
  if (first && !slot.trap) {
    slot.trap = trap_of(context);
    slot.trapped_in = member;
    slot.program = context.program;
  }
  context.program = 0;
  return rules_.drop_on_error ? dropping_verdict(rules_.at) : passing_verdict(rules_.at);
}

void PacketRun::run_batch(bool first) {
  ExecContext context;
  context.helpers = helper_table(members_[0]->executable(0).info().options.helpers);
  members_[0]->attach(0, context);
  uint64_t runs = 0;
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.runs) {
      slot.drops = rules_.drop_on_error;
      continue;
    }
    const ChainResult result = chain_.run(
        [&](const ChainLink& link) { return run_member(context, link.program, i, first); });
    ++runs;
    if (!first) continue;
    slot.decided = chain_.links()[result.last].program;
    slot.drops = verdict_drops(rules_.at, result.verdict);
  }
  counts_.run_time += std::chrono::steady_clock::now() - start;
  counts_.runs += runs;
}

}  // namespace weir::tool
