// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random programs that do something: they pass the decoder, loop and end, stay inside memory most
// of the time and leave it some of the time. Typed by convention: in every function r6 is an
// address in the data and r7 its length, r8 and r9 hold numbers that calls keep, r0 to r5 come and
// go. The conventions are broken now and then, on purpose.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "frontend/isa/instruction.h"
#include "tests/support/engines.h"

namespace weir::test {

// The code of one program, as bytes that decode() takes.
std::vector<uint8_t> generate_program(uint64_t seed);

// The same with some instructions altered: still what decode() takes, but following no plan. Jumps
// go anywhere, registers hold anything.
std::vector<uint8_t> generate_wild_program(uint64_t seed);

// Inputs to run it on: data of several lengths, budgets from none to plenty.
std::vector<RunInput> generate_inputs(uint64_t seed);

}  // namespace weir::test
