// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A scenario is run with its first call refused, then with its second one, and so on. Each time it
// must come to its end, with its result or with an error that says something; what it allocated,
// mapped and opened must be gone; and the next time, with nothing refused, it must work.
//
//   Scenario ─▶ count ─▶ choose calls ─▶ a child runs it with each ─▶ Report
//                                          ▲        │ dies
//                                          └────────┘ the next child goes on behind it
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tests/faults/inject.h"

namespace weir::faults {

// What one run came to. Without allocations of its own, so that it can tell about a lack of memory.
struct Outcome {
  enum class Kind : uint8_t { kDone, kRefused, kWrong };
  Kind kind = Kind::kDone;
  char text[400] = {};
};
Outcome done();
// An Error came back; a null `text` is wrong: nobody would know why.
Outcome refused(const char* text);
Outcome wrong(const char* text);

struct Scenario {
  std::string name;
  // Opens, does and closes. Between runs nothing of it may be left.
  std::function<Outcome()> run;
  // A folder in which only names may be that are there after a run in which nothing was refused;
  // empty: none.
  std::string folder;
};

struct SweepOptions {
  uint32_t points = 0;
  std::vector<How> hows;
  // Calls that are refused, of each How: the first `dense` ones, and behind them so many, evenly.
  // WEIR_FAULTS=all: all.
  uint64_t dense = 2000;
  uint64_t sparse = 200;
};

struct Report {
  uint64_t calls = 0;    // of a run in which nothing is refused
  uint64_t refused = 0;  // runs in which something was
  uint64_t errors = 0;   // of them, that came to an error; the others did without
  // What is not as it must be, with places; no more than the first few.
  std::vector<std::string> findings;
};

Report sweep(const Scenario& scenario, const SweepOptions& options);

}  // namespace weir::faults
