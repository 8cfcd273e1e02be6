// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The oracle of the differential tests: what one program does in every engine, and whether that is
// the same and what docs/SEMANTICS.md says.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/support/engines.h"

namespace weir::test {

// How programs are compiled to be compared with the interpreter.
struct CompiledWay {
  Engine engine = Engine::kAot;
  uint8_t level = 2;
  Policy policy = Policy::kGuard;
};
inline constexpr CompiledWay kAllWays[] = {
    {Engine::kAot, 0}, {Engine::kAot, 1}, {Engine::kAot, 2}, {Engine::kAot, 3}};
std::string way_name(const CompiledWay& way);

struct Disagreement {
  std::string what;
  RunInput input;
  std::optional<CompiledWay> way;  // none: interpreter, facts or reference
};

// Programs (code as bytes) and the inputs of each, run everywhere; programs[i] has inputs[i]. One
// object per way for all of them, because starting LLVM costs more than a small program. Gives the
// first disagreement of each program, if any. A program whose result depends on where the stack is
// has no defined result and is left out; `*left_out` counts (runs, not programs).
struct DifferentialCounts {
  size_t runs = 0, left_out = 0, trapped = 0;
  size_t proven = 0;  // programs without a check
};
std::vector<std::optional<Disagreement>> compare_engines(
    std::span<const std::vector<uint8_t>> programs, std::span<const std::vector<RunInput>> inputs,
    std::span<const CompiledWay> ways, DifferentialCounts* counts);

// The same for one program and input, compiled in all ways.
std::optional<Disagreement> compare_engines(const std::vector<uint8_t>& program,
                                            const RunInput& input);

// Drops instructions as long as the disagreement stays.
std::vector<uint8_t> minimise(std::vector<uint8_t> program, const RunInput& input);

}  // namespace weir::test
