// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler as its users see it: verified programs in, native object or callable code out. No
// LLVM type crosses this border. Every function may be called from several threads at once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "frontend/verifier/facts.h"
#include "runtime/abi/exec_context.h"

namespace weir {

// The native object (runtime/abi/artifact.h) of one or more programs, all verified with the same
// policy and for the same CPU. The same programs and options give the same bytes, on any machine.
Result<std::vector<uint8_t>> compile_object(std::span<const VerifiedProgram> programs);

// The LLVM bitcode that the optimiser is given for the program, with the map operations that it
// calls: for LLVM's own tools, opt and llc.
Result<std::vector<uint8_t>> lifted_bitcode(const VerifiedProgram& program);

// Code compiled by ORC into this process. Keep it as long as the entry point is used.
class JitCode {
 public:
  virtual ~JitCode() = default;
  virtual EntryFn entry() const = 0;
  // The machine code of all its functions, where it runs, without constants. Valid as long as this.
  virtual ByteSpan machine_code() const = 0;
};
Result<std::shared_ptr<const JitCode>> compile_jit(const VerifiedProgram& program);

// The program's code in one of the forms between bytecode and bytes, as text.
enum class Listing : uint8_t {
  kLiftedIr,     // LLVM IR as the lifter writes it
  kOptimizedIr,  // after the pass pipeline
  kMachineCode,  // disassembled
};
// One line of a listing: text, and the instruction (index into Program::insns) it was made for, if
// known.
struct ListingLine {
  std::string text;
  std::optional<uint32_t> insn;
  uint64_t address = 0;  // machine code: offset in .text
  uint8_t size = 0;      // machine code: bytes; 0 for labels and IR
};
Result<std::vector<ListingLine>> list_code(const VerifiedProgram& program, Listing what);

}  // namespace weir
