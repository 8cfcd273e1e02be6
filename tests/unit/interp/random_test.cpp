// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/unit/interp/random_programs.h"

namespace weir::testing {
namespace {

#ifdef WEIR_SANITIZED
constexpr int kCompared = 1'000;
#else
constexpr int kCompared = 10'000;
#endif

TEST(InterpRandom, ProgramsGiveWhatTheModelGives) {
  const RandomStatistics statistics = run_random_programs(1, kCompared, true);
  // The generator must not lose its teeth: every way to end is met.
  for (TrapCode code : {TrapCode::kNone, TrapCode::kAccess, TrapCode::kAlignment, TrapCode::kBudget,
                        TrapCode::kCallDepth, TrapCode::kUnknownHelper, TrapCode::kBadFunction}) {
    EXPECT_GT(statistics.ends[static_cast<size_t>(code)], kCompared / 200) << trap_name(code);
  }
  EXPECT_EQ(statistics.ends[static_cast<size_t>(TrapCode::kUnsupported)], 0);
  EXPECT_GT(statistics.proven, statistics.accesses / 10);
}

TEST(InterpRandom, NoProgramTouchesWhatIsNotItsOwn) {
#ifdef WEIR_SANITIZED
  constexpr int kPrograms = 2'000;
#else
  constexpr int kPrograms = 12'000;
#endif
  const RandomStatistics statistics = run_random_programs(2, kPrograms, false);
  EXPECT_EQ(statistics.programs, kPrograms);
  EXPECT_GT(statistics.escapes, kPrograms / 25);
}

}  // namespace
}  // namespace weir::testing
