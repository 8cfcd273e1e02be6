// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "frontend/verifier/fixpoint.h"

namespace weir {

class VerifierLog;
struct ExpandedProgram;

// Instructions that the exploration is willing to walk, over all paths: the kernel's limit.
inline constexpr uint64_t kMaxSteps = 1'000'000;

// Walks the program path by path, into subprograms with their callers' states, and records what
// holds on every path. Few paths to a place are kept apart; beyond that they are joined, and loops
// widened, so that the walk ends. A walk of more than kMaxSteps is given up and tried again with
// fewer paths apart; nothing if the last takes too long as well, or meets a call through a register
// whose target is not constant: then run_fixpoint() has to do. `expanded`: what
// `program` is of, or null if it has no calls that call back. `log` (may be null) is of the
// walk that the result is from.
std::optional<FixpointResult> explore(const Program& program, const Cfg& cfg,
                                      const CompileOptions& options,
                                      const ExpandedProgram* expanded = nullptr,
                                      VerifierLog* log = nullptr);

}  // namespace weir
