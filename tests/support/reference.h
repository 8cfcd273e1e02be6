// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// docs/SEMANTICS.md once more, written to be read and not to be fast: what the engines are compared
// with when it is not enough that they agree. All engines act on the same facts, so a wrong fact
// makes them agree on something wrong: this one also checks, at every step, that what the analysis
// says is true.
#pragma once

#include <string>
#include <vector>

#include "tests/support/engines.h"

namespace weir::test {

struct ReferenceRun {
  Outcome outcome;
  // What the analysis said and the run disproved, a sentence each; the run stops at the first.
  std::vector<std::string> disproved;
};

ReferenceRun run_reference(const VerifiedProgram& program, const RunInput& input,
                           GuardedMemory& memory);

}  // namespace weir::test
