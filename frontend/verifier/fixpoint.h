// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "frontend/verifier/transfer.h"

namespace weir {

struct FixpointResult {
  std::vector<InsnFacts> insns;
  bool stack_escapes = false;
};

// Runs the analysis to its fixpoint over all subprograms and records the facts of each instruction.
// Ends because every register fact can only go up a chain of at most four steps.
FixpointResult run_fixpoint(const Program& program, const Cfg& cfg, const CompileOptions& options);

}  // namespace weir
