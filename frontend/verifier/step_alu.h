// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on the abstract state, and what step.cpp shares with it.
#pragma once

#include "frontend/verifier/step.h"

namespace weir {

// kAluImm, kAluReg, kAluUnary.
void step_alu(AbstractState& state, const Instruction& insn, const StepContext& context);

// The value as a number: that of a pointer is not known.
Value as_number(const Value& v);

// Where a value goes is not followed any more: the address of a frame gets lost.
void lose(const Value& v, const StepContext& context);

// Gives a number an identity of its own.
void name_number(Value& v, IdSource* ids);

// The range of a number that is the data's length plus something.
ScalarRange length_range(const AbstractState& state, const Value& v);

int64_t wrap_add(int64_t a, int64_t b);
int64_t wrap_sub(int64_t a, int64_t b);

}  // namespace weir
