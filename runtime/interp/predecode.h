// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "frontend/verifier/facts.h"
#include "runtime/interp/code.h"

namespace weir::interp {

// Picks a handler for each instruction and puts its operands where the handler reads them. Fails
// only for a jump that no 8-byte slot could have held (kProgramMalformed).
// `counted`: for execute_counted(); no handler runs two steps then.
Result<Code> predecode(const VerifiedProgram& verified, bool counted = false);

}  // namespace weir::interp
