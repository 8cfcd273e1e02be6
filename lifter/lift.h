// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A verified program becomes LLVM IR. The module must already have the target's triple and data
// layout; nothing here knows which target that is.
#pragma once

#include <string_view>

#include "frontend/verifier/facts.h"

namespace llvm {
class Module;
}

namespace weir {

// Adds the program to `module`: one external function `symbol` of type EntryFn (runtime/abi), and
// an internal one for each subprogram. `symbol` must be new to the module and a C identifier.
Status lift_program(llvm::Module& module, const VerifiedProgram& verified, std::string_view symbol);

}  // namespace weir
