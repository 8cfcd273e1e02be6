// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A check whose result is kept as a flag and asked later, where more ways meet than are kept apart.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/unit/verifier/analyse.h"

namespace weir {
namespace {

// Sixty-four ways, each with another offset; then a check of it, `keep` its result, `ask` for it.
// So long that no second walk with all ways apart is made.
size_t open_accesses(std::string_view good, std::string_view bad, std::string_view ask) {
  std::string text =
      "r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr9 = *(u32 *)(r1 + 12)\nr8 = 0\n";
  for (int bit = 1; bit < 64; bit *= 2) {
    text += fmt::format("r7 = r9\nr7 &= {0}\nif r7 == 0 goto s{0}\nr8 += {0}\ns{0}:\n", bit);
  }
  text += fmt::format(
      "r4 = r2\nr4 += r8\nr6 = r4\nr6 += 8\nif r6 > r3 goto bad\n{}\ngoto asked\n"
      "bad:\n{}\nasked:\n{}\nr0 = *(u64 *)(r4 + 0)\n",
      good, bad, ask);
  for (int i = 0; i < 200; ++i) text += "r7 = r8\n";
  text += "out:\nr0 = r8\nr0 &= 1\nexit\n";
  auto verified = testing::analyse_at(ContextKind::kXdp, text, Policy::kGuard);
  if (!verified) {
    ADD_FAILURE() << verified.error().to_string();
    return 0;
  }
  return verified->facts().accesses - verified->facts().proven;
}

TEST(Decided, AFlagInARegister) {
  EXPECT_EQ(open_accesses("r5 = 0", "r5 = -22", "if r5 != 0 goto out"), 0u);
  EXPECT_EQ(open_accesses("r5 = 1", "r5 = 0", "r0 = 3\nif w5 == 0 goto out"), 0u);
}

TEST(Decided, ACopyOfIt) {
  EXPECT_EQ(open_accesses("r5 = 0", "r5 = -22", "r0 = r5\nif r0 s< 0 goto out"), 0u);
}

TEST(Decided, AFlagInTheFrame) {
  EXPECT_EQ(open_accesses("*(u64 *)(r10 - 8) = 0", "*(u64 *)(r10 - 8) = 1",
                          "r5 = *(u64 *)(r10 - 8)\nif r5 != 0 goto out"),
            0u);
}

// A flag that says nothing proves nothing.
TEST(Decided, TheWrongFlag) {
  EXPECT_EQ(open_accesses("r5 = 0", "r5 = 0", "if r5 != 0 goto out"), 1u);
  EXPECT_EQ(open_accesses("r5 = 0", "r5 = -22", "if r5 == 0 goto out"), 1u);
}

}  // namespace
}  // namespace weir
