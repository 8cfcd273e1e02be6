// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each check that is left in the code costs: how much more its instruction executes than in
// the same variant without checks, and what LLVM did there only because there was none.
#pragma once

#include "tools/output.h"

namespace weir::tool {

// Adds "cost" to the "guards" of a PROGRAM's variants (docs/COMPARE.md), where the program also has
// the variant with policy trusted that is else the same, and both were traced.
void add_guard_costs(Json& program);

}  // namespace weir::tool
