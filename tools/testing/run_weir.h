// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A test run by weir, on any engine, as BPF_PROG_TEST_RUN would run it.
#pragma once

#include "tools/load.h"
#include "tools/testing/test_case.h"

namespace weir::tool {

// Program name, section and hook kind are the test's; the rest of `load` says how. Errors: of
// loading, and kUsage where the test asks for what there is not.
Result<TestOutcome> run_in_weir(const Input& input, const TestCase& test, LoadChoice load);

}  // namespace weir::tool
