// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The abstract state at one point: eleven registers and the spill slots of the current frame.
#pragma once

#include <map>
#include <optional>

#include "frontend/verifier/facts.h"
#include "frontend/verifier/liveness.h"

namespace weir {

RegFact scalar(bool fits32 = false);
RegFact constant(uint64_t value);
RegFact pointer(Region region, std::optional<int64_t> offset, bool near = false);

struct State {
  RegFacts regs{};
  ContextKind context = ContextKind::kMemory;
  // 8-byte slots of the frame that hold a register's value whole, by offset from r10 (-8, -16,
  // ...). A slot that is not here holds bytes of which nothing is known.
  std::map<int32_t, RegFact> slots;
  friend bool operator==(const State&, const State&) = default;
};

// Least upper bound. Sets *lost_stack if a pointer to the stack stopped being known as one.
RegFact join(const RegFact& a, const RegFact& b, bool* lost_stack);
// Joins `from` into `into`, looking only at live registers; true if `into` changed.
bool join_into(State& into, const State& from, RegMask live, bool* lost_stack);

}  // namespace weir
