// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs that are hard on the analysis: large, with many paths, or both. XDP programs of about a
// chosen number of instructions.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "frontend/isa/program.h"

namespace weir::bench {

struct LargeProgram {
  std::string_view name;
  std::string_view text;  // what it is, in a few words
  Result<Program> (*make)(size_t instructions);
};

const std::vector<LargeProgram>& large_programs();

}  // namespace weir::bench
