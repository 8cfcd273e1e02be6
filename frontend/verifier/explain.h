// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why an access is not proven, in words: what was known of the register, what was needed, where the
// value came from, and what would prove it. One cause gives one explanation, however many accesses
// it keeps from being proven.
#pragma once

#include <string>
#include <vector>

#include "frontend/verifier/facts.h"

namespace weir {

struct AbstractState;
struct Value;

// What is known of the place that an access through `base` goes to, or argument `argument` of a
// helper (as in AccessReport).
AccessReport report_of(uint32_t insn, unsigned argument, const Value& base, bool write,
                       const AbstractState& state);

struct Explanation {
  uint32_t insn = 0;           // the first access
  uint8_t argument = 0;        // of the helper that it calls, 1..5; 0: its own access
  std::vector<uint32_t> also;  // others with the same cause, ascending
  std::string what;            // "read of 4 bytes at r1 = data+16, but only 14 bytes are proven"
  std::string lost;            // where the value came from; may be empty
  std::string hint;            // what would prove it
};

// Of everything that stays checked at run time (or, under strict, is refused), by instruction.
// With the arguments of helpers: names are from that set.
std::vector<Explanation> explain_accesses(const Program& program, const Facts& facts,
                                          HelperSet helpers = HelperSet::kKernel);

// "the value comes from instruction 3, line 12", for a register just before an instruction; empty
// if it is an argument of the function.
std::string comes_from(const Program& program, uint32_t insn, unsigned reg);

// What to do about mistakes that are found elsewhere; see also explain_accesses().
std::string hint_null_check(unsigned reg);
std::string hint_argument(unsigned reg, std::string_view wanted);
std::string hint_read_only(std::string_view region);
std::string hint_return_range(int64_t min, int64_t max);
std::string hint_loop_bound();

}  // namespace weir
