// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One instruction on the abstract state of one path. Calls, exits and jumps move between frames and
// paths and are explore.cpp's.
#pragma once

#include <optional>

#include "frontend/verifier/abstract_state.h"

namespace weir {

struct StepContext {
  const Program* program;
  IdSource* ids;
  bool escapes;      // memory without a region may reach the stack
  bool* lost_stack;  // out: the address of a frame got out of what is followed
};

// The access an instruction makes, as this path sees it.
struct PathAccess {
  Value base;         // register value plus the instruction's offset
  unsigned size = 0;  // bytes
  bool is_pointer = false;
  bool proven = false;
};
PathAccess path_access(const AbstractState& state, const Instruction& insn);

// What is known once the access was made without a trap.
void assume_access(AbstractState& state, const PathAccess& access);

// Anything but calls, jumps and exit.
void step(AbstractState& state, const Instruction& insn, const StepContext& context);

// Gives the registers that a jump compares an identity where what is learned of them would
// otherwise be forgotten. Before assume_branch().
void name_operands(AbstractState& state, const Instruction& insn, IdSource* ids);

// What a conditional jump asks; nothing of other instructions.
std::optional<Compare> compare_of(Operation operation);

// Keeps the paths on which the jump is `taken`; false if there are none.
bool assume_branch(AbstractState& state, const Instruction& insn, bool taken);

// Whether `size` bytes from `base` on are inside its region, whatever the run.
bool proven_inside(const AbstractState& state, const Value& base, int64_t size);

// Where the bpf_spin_lock in a value of the map ends; 0: there is none.
inline uint32_t lock_end(const MapDef& map) {
  return map.spin_lock_offset ? *map.spin_lock_offset + 4 : 0;
}
// Whether `size` bytes from `base` on may be some of a bpf_spin_lock, which is nobody's to read or
// write but bpf_spin_lock()'s and bpf_spin_unlock()'s.
bool may_touch_lock(const Value& base, int64_t size);

// The packet may have moved: pointers into it are numbers now.
void forget_packet(AbstractState& state);

// Forgets all that a write to an unknown place could have changed.
void forget_memory(AbstractState& state, const StepContext& context);

}  // namespace weir
