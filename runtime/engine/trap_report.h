// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A trap as people want to see it: what happened, at which instruction, from which source line.
#pragma once

#include <string>

#include "frontend/isa/program.h"
#include "runtime/abi/exec_context.h"

namespace weir {

struct TrapReport {
  Trap trap;
  Location where;           // program, slot, source file, line and text, as far as known
  std::string instruction;  // disassembled, in the kernel's dialect; empty if unknown

  // "trap access at instruction 7 (ip_dst.bpf.c:20): memory access outside ..." and, on lines of
  // their own, the instruction and the source text. Bytes that came from a file are printable.
  std::string to_string() const;
};

// `trap.insn` may be out of range: then only the code is told.
TrapReport describe_trap(const Program& program, Trap trap);

// The trap of a finished run, if any.
inline Trap trap_of(const ExecContext& context) {
  return {context.trap_code, context.trap_insn};
}

}  // namespace weir
