// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How often a run can take each backward jump and each local call, at most. Two arguments, both
// about every run:
//
// - Walked: the exploration followed every way round to its end, as the kernel does. Its states are
//   the nodes of a graph, and a run is a way through it; a jump that lies on no cycle of that graph
//   is taken at most as often as the graph has edges with it.
// - Ranked: whatever way leads from a block back to itself moves some register or stack slot by at
//   least a constant, in one direction and without wrapping, and the register stays in a range that
//   holds on every path. Take the block away and look at the loops that remain inside.
#pragma once

#include <map>

#include "frontend/verifier/abstract_state.h"

namespace weir {

// All values that a register or slot was seen with at one place.
struct Spread {
  enum class Kind : uint8_t { kNothing, kNumber, kData, kStack, kMixed };
  Kind kind = Kind::kNothing;
  uint8_t frame = 0;
  bool fits32 = true;
  int64_t min = 0, max = 0;  // a pointer's: bytes from its base
  int64_t past = 0;          // value (or bytes from the data's start) + past <= the data's length
  void add(const AbstractState& state, const Value& v);
};

// What the exploration writes down for it.
class LoopRecord {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  LoopRecord(const Program& program, const Cfg& cfg);

  // The graph of states. `via`: the backward jump or the call on the way, or kNone.
  uint32_t add_node() { return nodes_++; }
  void add_edge(uint32_t from, uint32_t to, uint32_t via);

  // The state before an instruction.
  void note(uint32_t insn, const AbstractState& state);

 private:
  friend class LoopBounds;
  struct Edge {
    uint32_t from, to, via;
  };
  struct Operands {
    Spread dst, src;
  };
  struct BlockStart {
    bool seen = false;
    std::array<Spread, kRegisters> regs;
    std::map<int32_t, std::pair<uint8_t, Spread>> slots;  // offset -> size, values
  };
  const Program& program_;
  const Cfg& cfg_;
  uint32_t nodes_ = 0;
  std::vector<Edge> edges_;
  std::vector<uint32_t> loop_insn_;  // instruction -> index into operands_, or kNone
  std::vector<Operands> operands_;
  std::vector<uint32_t> loop_block_;  // block -> index into starts_, or kNone
  std::vector<BlockStart> starts_;
};

// A fact for each backward jump and local call that is reached, ascending; sets
// InsnFacts::no_budget of those that need not be paid for. `record` may be null: then nothing is
// bounded.
std::vector<LoopFact> bound_loops(const Program& program, const Cfg& cfg, const LoopRecord* record,
                                  bool escapes, std::vector<InsnFacts>& insns);

}  // namespace weir
