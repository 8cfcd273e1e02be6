// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <optional>

#include "frontend/verifier/strict.h"
#include "frontend/verifier/transfer.h"

namespace weir {

struct FixpointResult {
  std::optional<Error> mistake;  // set: the program is refused, and nothing else is
  std::vector<CallFact> calls;   // ascending by insn
  std::vector<InsnFacts> insns;
  std::vector<FrameFact> frames;  // of each subprogram
  bool stack_escapes = false;
  std::vector<LoopFact> loops;
  std::vector<AccessReport> reports;
  std::optional<Violation> violation;  // under strict: the facts then are not complete
};

// What strict would refuse: accesses and arguments that are not proven, jumps that are not bounded.
size_t open_questions(const Program& program, const Cfg& cfg, const FixpointResult& result);

// The coarse analysis: one state for each block, joined over all paths and callers. Always fast.
// Runs to its fixpoint over all subprograms and records the facts of each instruction.
// Ends because every register fact can only go up a chain of at most four steps.
FixpointResult run_fixpoint(const Program& program, const Cfg& cfg, const CompileOptions& options);

}  // namespace weir
