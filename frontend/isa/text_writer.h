// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One instruction as text, in each dialect. What is written here is read back by asm_kernel.h and
// asm_ubpf.h into the same bytes, for every instruction that decode() accepts.
#pragma once

#include <string>
#include <string_view>

#include "frontend/isa/instruction.h"

namespace weir {

struct TextStyle {
  bool hex = false;         // 0x1f instead of 31, as llvm-objdump prints by default
  std::string_view target;  // a label for the branch or function target; empty: its distance
};

// Exactly what `llvm-objdump-19 -d --no-print-imm-hex` writes, for what it knows, with r registers
// in loads and stores (as without alu32) and w registers in 32-bit atomics (as with it).
// Exceptions: a local call is `call pc+3`, since LLVM would read `call 3` as a helper, and a
// helper's number is unsigned; pseudo loads are map_fd(3) and its kin.
std::string write_kernel(const Instruction& insn, const TextStyle& style);

std::string write_ubpf(const Instruction& insn, const TextStyle& style);

// -0x1f or -31.
std::string write_number(int64_t value, bool hex);
// The same with a plus sign in front of what is not negative.
std::string write_signed(int64_t value, bool hex);
// map_value(3, 8); the instruction is a 64-bit load other than Op::kLddw.
std::string write_pseudo(const Instruction& insn, const TextStyle& style);
// The distance of a branch, local call or function reference, in slots from the next slot.
int64_t target_distance(const Instruction& insn);
// True if the instruction has such a distance.
bool has_target(const Instruction& insn);

}  // namespace weir
