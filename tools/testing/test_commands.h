// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "tools/command.h"
#include "tools/testing/test_case.h"

namespace weir::tool {

// weir test run and weir test init, which take the same options.
void add_test_run_command(CLI::App& test, Exit& exit);
void add_test_init_command(CLI::App& test, Exit& exit);
// weir test FILE...
void add_test_file_options(CLI::App& test, Exit& exit);

// A test file of what came out of a run; "-" is standard output.
Status write_test_file(const std::string& path, const std::string& program, const TestCase& test,
                       const TestOutcome& outcome);

}  // namespace weir::tool
