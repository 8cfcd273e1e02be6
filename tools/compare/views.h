// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A comparison (docs/COMPARE.md) for people and for spreadsheets.
#pragma once

#include <string>

#include "tools/output.h"

namespace weir::tool {

// One table for each program.
std::string comparison_text(const Json& comparison);

// Where the difference is: the lines of the source that cost most, in each variant, with what the
// passes said of them. `lines`: so many of each program.
std::string cost_by_line_text(const Json& comparison, size_t lines);

// One row for each variant of each program, with a title row.
std::string comparison_csv(const Json& comparison);

}  // namespace weir::tool
