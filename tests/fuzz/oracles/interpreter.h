// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Oracles that need no compiler: what the interpreter does is what docs/SEMANTICS.md says (the
// reference of tests/support), every fact of the analysis holds on the way, nothing outside the
// memory is written, and what strict accepts never needs a guard.
#pragma once

#include <optional>
#include <string>

#include "tests/support/engines.h"

namespace weir::test {

struct Judged {
  std::optional<Outcome> outcome;  // none: something is broken, or the run has no defined result
  std::string broken;              // empty: nothing is
  bool left_out = false;           // the result depends on where the stack is, or on the time
};

// `interpreter` is the program in the interpreter.
Judged judge(const Runnable& interpreter, const VerifiedProgram& program, const RunInput& input,
             GuardedMemory& memory);

// True if the interpreter gives different results where its frames are at other addresses: near and
// far, with other bits set.
bool addresses_matter(const Runnable& interpreter, const RunInput& input, GuardedMemory& memory);

// A guard fired, which cannot be in a program that strict accepted. Of other traps strict says
// nothing at every hook: loops that end may still take more than the budget, and only the kernel's
// hooks have no calls through registers.
bool refutes_strict(const Outcome& outcome);

}  // namespace weir::test
