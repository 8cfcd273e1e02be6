// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which registers may still be read: dead ones carry no facts, so that a leftover pointer in a
// register nobody reads does not spoil a join.
#pragma once

#include "frontend/isa/cfg.h"
#include "runtime/abi/helpers.h"

namespace weir {

using RegMask = uint16_t;  // bit r = register r

// Bit i = the eight bytes from r10 - 8 * (i + 1).
using SlotMask = uint64_t;
inline constexpr SlotMask kAllSlots = ~SlotMask{0};

struct Liveness {
  std::vector<RegMask> block_in;  // live at the start of each block
  // Argument registers (r1..r5) that a subprogram, or what it calls, may read.
  std::vector<RegMask> arguments;  // parallel to Program::subprograms
  // Of the function's own frame, at the start of each block: what r10 or an address taken from it
  // may still be used to read. Addresses are followed no further than to the lowest that the
  // function takes, so this is good for forgetting what is known of a slot, and for nothing else.
  std::vector<SlotMask> slots_in;
};

Liveness compute_liveness(const Program& program, const Cfg& cfg, HelperSet helpers);

// What one instruction reads and writes. `arguments`: as in Liveness.
struct Effect {
  RegMask reads = 0;
  RegMask writes = 0;
};
Effect register_effect(const Instruction& insn, const std::vector<RegMask>& arguments,
                       HelperSet helpers);

}  // namespace weir
