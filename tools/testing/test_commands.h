// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "tools/command.h"

namespace weir::tool {

// weir test run
void add_test_run_command(CLI::App& test, Exit& exit);

}  // namespace weir::tool
