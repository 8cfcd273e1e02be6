// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/counters.h"

#include <new>

namespace weir {

Counters::Block& Counters::make(uint32_t worker) {
  Block* const block = new (std::nothrow) Block;
  if (block == nullptr) return spare_;
  blocks_[worker].store(block, std::memory_order_release);
  return *block;
}

Counts Counters::sum() const {
  Counts out;
  const auto get = [](const Count& count) { return count.load(std::memory_order_relaxed); };
  const auto take = [&](const Block& block) {
    out.runs += get(block.runs);
    out.bytes += get(block.bytes);
    out.traps += get(block.traps);
    out.measured += get(block.measured);
    out.measured_ns += get(block.measured_ns);
    for (size_t i = 0; i < kActions; ++i) out.decided[i] += get(block.decided[i]);
    for (size_t i = 0; i < kCountedResults; ++i) out.results[i] += get(block.results[i]);
    for (size_t i = 0; i < kLatencyBuckets; ++i) out.latency[i] += get(block.latency[i]);
  };
  take(spare_);
  for (uint32_t i = 0; i < workers_; ++i) {
    if (const Block* block = blocks_[i].load(std::memory_order_acquire)) take(*block);
  }
  return out;
}

namespace {
// Never 0: a trap has a code. 16 bits of program (a set has at most 32 x 33 that can be entered), 8
// of code, 32 of instruction.
constexpr uint64_t key_of(uint32_t program, uint32_t code, uint32_t instruction) {
  return uint64_t{program & 0xffff} << 48 | uint64_t{code & 0xff} << 32 | instruction;
}
}  // namespace

void TrapCounts::add(uint32_t program, uint32_t code, uint32_t instruction) {
  const uint64_t key = key_of(program, code, instruction);
  for (Slot& slot : slots_) {
    uint64_t have = slot.key.load(std::memory_order_acquire);
    if (have == 0) {
      // Who comes second finds the other's key in `have`.
      if (slot.key.compare_exchange_strong(have, key, std::memory_order_acq_rel)) have = key;
    }
    if (have != key) continue;
    slot.count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  elsewhere_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<TrapCounts::Place> TrapCounts::places() const {
  std::vector<Place> out;
  for (const Slot& slot : slots_) {
    const uint64_t key = slot.key.load(std::memory_order_acquire);
    if (key == 0) break;
    out.push_back({.program = static_cast<uint32_t>(key >> 48),
                   .code = static_cast<uint32_t>(key >> 32 & 0xff),
                   .instruction = static_cast<uint32_t>(key),
                   .count = slot.count.load(std::memory_order_relaxed)});
  }
  return out;
}

}  // namespace weir
