// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A compilation that tells about itself, for weir compare: the object, each of its machine
// instructions and each line of its IR with the instruction of the program that it is for, and what
// LLVM's passes said. And the same of a function that somebody else compiled.
#pragma once

#include "codegen/compiler.h"
#include "codegen/machine_code.h"

namespace weir {

// What a pass said (LLVM's optimisation remarks).
struct Remark {
  enum class Kind : uint8_t { kPassed, kMissed, kAnalysis };
  Kind kind = Kind::kPassed;
  std::string pass, name, text;
  std::optional<uint32_t> insn;  // index into Program::insns
};

struct CodeReport {
  std::vector<uint8_t> object;       // native object; its line table is one of instructions
  std::vector<uint8_t> code;         // its machine code, without constants
  std::vector<ListingLine> machine;  // of `code`
  std::vector<ListingLine> ir;       // after the pass pipeline
  std::vector<Remark> remarks;
  uint32_t spills = 0, reloads = 0;   // that the register allocator made
  std::vector<uint32_t> guards_left;  // instructions whose access is still checked, once a check
};
Result<CodeReport> report_code(const VerifiedProgram& program);

// A function of an ELF file of this machine, with debug information: a shared library that clang
// made. Errors: kNotFound; kCompilerFailed for what is no such file.
struct SourceSpan {
  uint32_t at = 0;  // from here to the next one
  std::string file;
  uint32_t line = 0;
};
struct ElfFunction {
  std::vector<uint8_t> code;
  std::vector<SourceSpan> lines;  // ascending
};
Result<ElfFunction> read_elf_function(ByteSpan elf, const std::string& symbol);

}  // namespace weir
