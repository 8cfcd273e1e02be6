// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/trap_report.h"

#include <fmt/format.h>

#include "frontend/isa/disassembler.h"
#include "frontend/support/text.h"

namespace weir {

TrapReport describe_trap(const Program& program, Trap trap) {
  TrapReport report;
  report.trap = trap;
  report.where = program.locate(trap.insn);
  if (trap.insn < program.insns.size()) {
    DisasmNames names;
    names.program = &program;
    report.instruction = disassemble_one(program.insns[trap.insn], Dialect::kKernel, &names);
  }
  return report;
}

std::string TrapReport::to_string() const {
  std::string out = fmt::format("trap {}", trap_name(trap.code));
  if (where.instruction) out += fmt::format(" at instruction {}", *where.instruction);
  if (where.source_line != 0) {
    out += fmt::format(" ({}:{})", printable(where.source_file, 1024), where.source_line);
  }
  out += fmt::format(": {}", trap_text(trap.code));
  if (!instruction.empty()) out += fmt::format("\n    {}", instruction);
  if (!where.source_text.empty()) {
    out += fmt::format("\n    | {}", printable(where.source_text, 400));
  }
  return out;
}

}  // namespace weir
