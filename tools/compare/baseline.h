// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether code got worse than it was, for continuous integration: by what is the same on every run
// (instructions, guards, the estimate), never by time.
#pragma once

#include <string>
#include <vector>

#include "tools/output.h"

namespace weir::tool {

struct Worsening {
  std::string program, variant;
  std::string what;                // "instructions a run: 41.2, was 38.0 (+8.4%)"
  std::vector<std::string> lines;  // where, for people
};

struct BaselineResult {
  std::vector<Worsening> worse;
  std::vector<std::string> better;  // "ip_dst aot-O2-...: bytes 120, was 128"
  std::vector<std::string> notes;   // what could not be compared, and why
  size_t compared = 0;              // variants of programs
};

// `tolerance`: a fraction that counts as the same.
BaselineResult compare_with_baseline(const Json& now, const Json& baseline, double tolerance);

// Of weir's own variants what compare_with_baseline() looks at, and no more: small enough to keep
// in a repository.
Json baseline_of(const Json& comparison);

}  // namespace weir::tool
