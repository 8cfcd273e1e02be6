// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Disassembler: instructions to text that assemble() turns into the same bytes, whatever the
// options: slot numbers, raw bytes, labels, names and source lines are written as things that the
// assembler reads or passes over.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "frontend/isa/assembler.h"
#include "frontend/isa/instruction.h"
#include "frontend/isa/program.h"

namespace weir {

// Where names come from; they are written as comments, `call 1  # bpf_map_lookup_elem`.
struct DisasmNames {
  // Names of maps, functions and kfuncs by Instruction::target. The instructions are taken as
  // linked ones: map references are written with the map's index in the program, map_value(INDEX,
  // OFFSET).
  const Program* program = nullptr;
  // Name of a helper, or empty. The opcode table knows numbers only.
  std::function<std::string_view(int32_t number)> helper;
};

struct DisassembleOptions {
  bool slots = false;   // "       3:\t" in front, as llvm-objdump does
  bool bytes = false;   // raw bytes, two digits each
  bool labels = false;  // L1 instead of +3
  bool hex = false;     // numbers in hexadecimal
  bool source = false;  // of a Program: source lines in between, as `; file.c:12: text`
  DisasmNames names;
};

// One instruction without newline; targets are distances (+3). An invalid Op gives "<invalid>".
std::string disassemble_one(const Instruction& insn, Dialect dialect,
                            const DisasmNames* names = nullptr);

// Instructions as decode() gives them, a line each. A target that is the start of no instruction in
// the span is written as a distance even with labels.
std::string disassemble(std::span<const Instruction> insns, Dialect dialect,
                        const DisassembleOptions& options = {});

// A linked program: each function starts with its name as a label, and calls use it. Names that
// would not assemble (registers, duplicates, odd bytes) are replaced by sub_N.
// options.names.program is set to `program`.
std::string disassemble(const Program& program, Dialect dialect,
                        const DisassembleOptions& options = {});

}  // namespace weir
