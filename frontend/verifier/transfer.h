// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How one instruction changes the abstract state. Calls are left to the caller (fixpoint.cpp),
// which knows the callee.
#pragma once

#include "frontend/verifier/reg_state.h"
#include "runtime/abi/exec_context.h"

namespace weir {

// The access an instruction makes, as far as `state` (before it) tells.
AccessFact describe_access(const State& state, const Instruction& insn);

// Applies `insn`, which is no call, to `state`. `escapes`: whether memory without a region may
// reach the stack. Sets *lost_stack if the address of the frame got out of what we follow.
void apply(State& state, const Instruction& insn, bool escapes, bool* lost_stack);

// Nothing is known of the frame's slots any more.
void forget_slots(State& state, bool* lost_stack);
// The packet may have moved: pointers into it are numbers now.
void forget_packet(State& state);

// What a call leaves: r0 as given, r1..r5 never written; slots are forgotten if `escapes`.
void apply_call(State& state, const RegFact& result, bool escapes, bool* lost_stack);

}  // namespace weir
