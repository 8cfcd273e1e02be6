// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program from assembler text, analysed; what the tests of the analysis begin with.
#pragma once

#include <string>
#include <string_view>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/verifier/verifier.h"

namespace weir::testing {

// For a hook kind of the kernel, with its helpers.
inline Result<VerifiedProgram> analyse_at(ContextKind kind, std::string_view text, Policy policy,
                                          std::vector<MapDef> maps = {}) {
  WEIR_TRY(AssembledText assembled, assemble(text, "test.s"));
  WEIR_TRY(std::vector<Instruction> insns, decode(assembled.bytes));
  WEIR_TRY(Program program, make_program(std::move(insns), "test", std::move(maps)));
  CompileOptions options;
  options.policy = policy;
  options.cpu = host_cpu();
  options.context = kind;
  options.helpers = default_helpers(kind);
  return verify(std::move(program), options);
}

inline Result<VerifiedProgram> analyse(std::string_view text, Policy policy = Policy::kGuard) {
  WEIR_TRY(AssembledText assembled, assemble(text, "test.s"));
  WEIR_TRY(std::vector<Instruction> insns, decode(assembled.bytes));
  WEIR_TRY(Program program, make_program(std::move(insns), "test"));
  CompileOptions options;
  options.policy = policy;
  options.cpu = host_cpu();
  return verify(std::move(program), options);
}

// Which accesses of the program are proven, in order: "YN" = the first is, the second is not.
inline std::string proven(std::string_view text) {
  auto verified = analyse(text);
  if (!verified) return verified.error().to_string();
  std::string out;
  for (uint32_t i = 0; i < verified->program().insns.size(); ++i) {
    if (!is_access(verified->program().insns[i])) continue;
    out += !verified->facts().insns[i].reached        ? '-'
           : verified->facts().insns[i].access.proven ? 'Y'
                                                      : 'N';
  }
  return out;
}

// The bound of each backward jump and local call that is reached, in order: "10" rounds, "2+1n" for
// one more for each byte of the data, "?" if there is no bound; "!" behind those that are paid for.
inline std::string bounds(std::string_view text) {
  auto verified = analyse(text);
  if (!verified) return verified.error().to_string();
  std::string out;
  for (const LoopFact& loop : verified->facts().loops) {
    if (!out.empty()) out += ' ';
    out += loop.bounded ? std::to_string(loop.rounds) : "?";
    if (loop.rounds_per_byte != 0) out += "+" + std::to_string(loop.rounds_per_byte) + "n";
    if (!verified->facts().insns[loop.insn].no_budget) out += '!';
  }
  return out;
}

}  // namespace weir::testing
