// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a run really executes: the processor stops after each instruction (the trap flag of x86),
// and where it stopped is noted. Exact, the same on every run, and slow: a microsecond or two an
// instruction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "frontend/support/result.h"
#include "measure/runner.h"

namespace weir::tool {

struct StepTrace {
  std::vector<uint32_t> offsets;  // in the code, in the order they ran
  size_t runs = 0;                // of the program; fewer than asked for if it got too long
};

// Runs the runner on packet after packet until `most` steps were noted. Instructions outside of
// [code, code + size) are not. One trace at a time in a process. Error: kProgramUnsupported where
// the processor cannot.
Result<StepTrace> trace_steps(measure::Runner& runner, std::span<const measure::Packet> packets,
                              const uint8_t* code, size_t size, size_t most);

}  // namespace weir::tool
