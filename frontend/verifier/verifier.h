// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "frontend/verifier/facts.h"

namespace weir {

// Analyses a program (which has passed check_structure()) for a policy, hook kind and helper set.
// Under guard and trusted every well-formed program that uses only what the hook kind has is
// accepted. Under strict an access that is not proven is an error that says where, what was known,
// what was needed.
Result<VerifiedProgram> verify(Program program, const CompileOptions& options);

// For tests alone: the same, with the facts changed by `edit` before anybody acts on them. What is
// made from a wrong fact is not safe to run.
Result<VerifiedProgram> verify_and_edit(Program program, const CompileOptions& options,
                                        void (*edit)(Facts&));

}  // namespace weir
