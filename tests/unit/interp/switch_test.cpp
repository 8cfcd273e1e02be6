// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dispatch loop as a switch, as it is built where labels cannot be taken as values.
#include "tests/unit/interp/random_programs.h"

namespace weir::testing {
namespace {

TEST(InterpSwitch, ProgramsGiveWhatTheModelGives) {
  EXPECT_EQ(run_random_programs(3, 2'000, true).programs, 2'000);
}

}  // namespace
}  // namespace weir::testing
