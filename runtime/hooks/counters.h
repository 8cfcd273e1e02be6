// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program at a hook did, counted without a lock: each worker has counters of its own, which
// it alone writes; whoever asks adds them up. A sum that is taken while packets run is of no one
// moment, but no count is ever lost.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/hooks/packet.h"

namespace weir {

// Latencies by powers of two: bucket n counts runs of [2^n, 2^(n+1)) ns, the last one all longer.
inline constexpr size_t kLatencyBuckets = 24;
inline constexpr size_t kActions = 4;
// Results 0 to 9, TC_ACT_UNSPEC (-1), all others.
inline constexpr size_t kCountedResults = 12;

struct Counts {
  uint64_t runs = 0;   // of the program, traps included
  uint64_t bytes = 0;  // of the packets it was given
  uint64_t traps = 0;
  std::array<uint64_t, kActions> decided{};         // packets whose action it decided
  std::array<uint64_t, kCountedResults> results{};  // of runs that did not trap
  // Of the runs that were measured (FilterOptions::measure_every).
  uint64_t measured = 0;
  uint64_t measured_ns = 0;
  std::array<uint64_t, kLatencyBuckets> latency{};
};

constexpr size_t result_bucket(uint64_t result) {
  const auto low = static_cast<uint32_t>(result);
  if (low < kCountedResults - 2) return low;
  return low == UINT32_MAX ? kCountedResults - 2 : kCountedResults - 1;
}

class Counters {
 public:
  explicit Counters(uint32_t workers)
      : blocks_(new std::atomic<Block*>[workers] {}), workers_(workers) {}
  ~Counters() {
    for (uint32_t i = 0; i < workers_; ++i) delete blocks_[i].load(std::memory_order_relaxed);
  }
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  using Count = std::atomic<uint64_t>;
  struct alignas(64) Block {
    Count runs{0}, bytes{0}, traps{0}, measured{0}, measured_ns{0};
    std::array<Count, kActions> decided{};
    std::array<Count, kCountedResults> results{};
    std::array<Count, kLatencyBuckets> latency{};
  };
  // Only the worker writes its block.
  static void add(Count& count, uint64_t by) {
    count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  // The first call of a worker allocates; without memory all such workers share a block, and counts
  // may then be too low.
  Block& of(uint32_t worker) {
    Block* block = blocks_[worker].load(std::memory_order_relaxed);
    return block != nullptr ? *block : make(worker);
  }
  Counts sum() const;

 private:
  Block& make(uint32_t worker);
  std::unique_ptr<std::atomic<Block*>[]> blocks_;
  uint32_t workers_;
  Block spare_;
};

// Which traps there were, and how often: the first kTrapPlaces places by name, then just a number.
class TrapCounts {
 public:
  static constexpr size_t kTrapPlaces = 32;
  struct Place {
    uint32_t program = 0;  // number in the instance's programs()
    uint32_t code = 0;     // TrapCode
    uint32_t instruction = 0;
    uint64_t count = 0;
  };
  void add(uint32_t program, uint32_t code, uint32_t instruction);
  std::vector<Place> places() const;
  uint64_t elsewhere() const { return elsewhere_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::atomic<uint64_t> key{0};  // 0: free
    std::atomic<uint64_t> count{0};
  };
  std::array<Slot, kTrapPlaces> slots_;
  std::atomic<uint64_t> elsewhere_{0};
};

}  // namespace weir
