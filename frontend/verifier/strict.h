// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What policy strict demands of single instructions beyond proven accesses: the rules of the
// kernel's verifier for a privileged loader (CAP_BPF and CAP_PERFMON), as Linux 6.18 applies them.
// Such a loader may leak addresses and read stack bytes that were never written; it may not read a
// register that was never written, misalign an access to the stack, take a spilled pointer apart,
// or make a pointer by anything but addition.
#pragma once

#include <optional>
#include <string>

#include "frontend/verifier/abstract_state.h"

namespace weir {

struct Violation {
  uint32_t insn = 0;
  std::string what;
  std::string hint;
};

// The rule that an instruction breaks in the state before it, if it does. `arguments`: as in
// Liveness.
std::optional<Violation> check_strict(const Program& program, uint32_t insn,
                                      const AbstractState& state,
                                      const std::vector<RegMask>& arguments, HelperSet helpers);

// Of an access to the context on one way and to other memory on another: the kernel makes each into
// code of its own.
Violation mixed_context(uint32_t insn);

// What the kernel asks of a program that ends, or calls another function or helper, while it holds
// a lock or a record of a ring buffer.
std::optional<Violation> check_given_back(uint32_t insn, const AbstractState& state);
std::optional<Violation> check_held(uint32_t insn, const AbstractState& state,
                                    const HelperInfo& helper);

// What the kernel asks where a helper calls a function of the program back: at the call of that
// helper, and where the function ends.
std::optional<Violation> check_callback_call(uint32_t insn, const AbstractState& state,
                                             const HelperInfo& helper);
std::optional<Violation> check_callback_result(const Program& program, uint32_t insn,
                                               const AbstractState& state);

// The first instruction that no way through the program leads to, whatever the values.
std::optional<Violation> find_unreachable(const Cfg& cfg);

// Whether every way from a backward jump's target back to the jump meets a may_goto that leads out
// of it when the kernel has had enough of the loop.
bool bounded_by_may_goto(const Program& program, const Cfg& cfg, uint32_t insn);

// Frames that can lie on top of each other need more than the kernel's one stack of 512 bytes.
// Functions from `own` on were made by the analysis, and cost the kernel nothing.
std::optional<Violation> check_stack_depth(const Program& program,
                                           const std::vector<FrameFact>& frames, size_t own);

}  // namespace weir
