// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers that are a constant apart: what a check tells of one is told of all.
#include <gtest/gtest.h>

#include "tests/unit/verifier/analyse.h"

namespace weir::testing {
namespace {

// r6 is a byte of the data, of which there are 20; 512 bytes of stack below r10.
std::string with_byte(std::string_view rest) {
  return "r0 = 0\nif r2 < 20 goto out\nr6 = *(u8 *)(r1 + 0)\nr6 <<= 3\n" + std::string(rest) +
         "\nr3 = r10\nr3 += r6\n*(u8 *)(r3 - 512) = 1\nout:\nexit";
}

TEST(VerifierLinked, ACheckAfterAddingAConstantCounts) {
  EXPECT_EQ(proven(with_byte("r4 = r6\nr4 += -19\nif r4 > 255 goto out")), "YY");
  EXPECT_EQ(proven(with_byte("r4 = r6\nr4 -= 19\nif r4 > 492 goto out")), "YY");
  EXPECT_EQ(proven(with_byte("r4 = r6\nr4 -= 19\nif r4 > 493 goto out")), "YN");
  EXPECT_EQ(proven(with_byte("r4 = r6\nr4 += 100\nif r4 > 611 goto out")), "YY");
  EXPECT_EQ(proven(with_byte("r4 = r6\nr4 += 100\nif r4 > 612 goto out")), "YN");
  // The other way round: the one that moved is checked, the copy is used.
  EXPECT_EQ(proven(with_byte("r4 = r6\nr6 += -19\nif r4 > 500 goto out\nif r4 < 19 goto out")),
            "YY");
}

TEST(VerifierLinked, AtThirtyTwoBitsThatMayBeCutOff) {
  EXPECT_EQ(proven(with_byte("w4 = w6\nw4 += -19\nif w4 > 255 goto out")), "YY");
  EXPECT_EQ(proven(with_byte("w4 = w6\nw4 += -19\nif w4 > 493 goto out")), "YN");
  // A number of 64 bits, of which only half is checked.
  EXPECT_EQ(
      proven("r6 = *(u64 *)(r10 - 8)\nw4 = w6\nr0 = 0\nif w4 > 7 goto out\nr3 = r10\nr3 += r6\n"
             "*(u8 *)(r3 - 8) = 1\nout:\nexit"),
      "YN");
  EXPECT_EQ(
      proven("r6 = *(u64 *)(r10 - 8)\nw4 = w6\nr0 = 0\nif w4 > 7 goto out\nw5 = w6\nr3 = r10\n"
             "r3 += r5\n*(u8 *)(r3 - 8) = 1\nout:\nexit"),
      "YY");
}

TEST(VerifierLinked, ALinkEndsWhereTheNumberChanges) {
  EXPECT_EQ(proven(with_byte("r4 = r6\nr4 += -19\nr6 += r6\nif r4 > 255 goto out")), "YN");
  EXPECT_EQ(proven(with_byte("r4 = r6\nr4 *= 1\nr4 += -19\nif r4 > 255 goto out")), "YN");
}

TEST(VerifierLinked, PointersMadeFromLinkedNumbersShareTheirCheck) {
  const std::string head = "r0 = 0\nr3 = r1\nr3 += r2\nif r2 < 20 goto out\nr4 = *(u8 *)(r1 + 0)\n";
  // The same number added twice.
  EXPECT_EQ(proven(head + "r5 = r1\nr5 += r4\nr5 += 4\nif r5 > r3 goto out\nr6 = r1\nr6 += r4\n"
                          "r0 = *(u32 *)(r6 + 0)\nout:\nexit"),
            "YY");
  // A number that is 4 larger reaches 4 further.
  const std::string moved = head +
                            "r7 = r4\nr7 += 4\nr5 = r1\nr5 += r7\nif r5 > r3 goto out\n"
                            "r6 = r1\nr6 += r4\n";
  EXPECT_EQ(proven(moved + "r0 = *(u32 *)(r6 + 0)\nout:\nexit"), "YY");
  EXPECT_EQ(proven(moved + "r0 = *(u32 *)(r6 + 1)\nout:\nexit"), "YN");
  EXPECT_EQ(proven(moved + "r0 = *(u8 *)(r6 - 1)\nout:\nexit"), "YN");
}

TEST(VerifierLinked, ANumberComparedWithTheLength) {
  const std::string head = "r0 = 0\nif r2 < 1 goto out\nr4 = *(u8 *)(r1 + 0)\n";
  EXPECT_EQ(proven(head + "if r4 >= r2 goto out\nr1 += r4\nr0 = *(u8 *)(r1 + 0)\nout:\nexit"),
            "YY");
  EXPECT_EQ(proven(head + "if r4 > r2 goto out\nr1 += r4\nr0 = *(u8 *)(r1 + 0)\nout:\nexit"), "YN");
  EXPECT_EQ(
      proven(head + "r5 = r4\nr5 += 4\nif r5 s> r2 goto out\nr1 += r4\nr0 = *(u32 *)(r1 + 0)\n"
                    "out:\nexit"),
      "YY");
  EXPECT_EQ(proven(head + "if w2 <= w4 goto out\nr1 += r4\nr0 = *(u8 *)(r1 + 0)\nout:\nexit"),
            "YY");
  // 64 bits from the data may be negative.
  const std::string wide = "r0 = 0\nif r2 < 8 goto out\nr4 = *(u64 *)(r1 + 0)\n";
  EXPECT_EQ(proven(wide + "if r4 s>= r2 goto out\nr1 += r4\nr0 = *(u8 *)(r1 + 0)\nout:\nexit"),
            "YN");
  EXPECT_EQ(proven(wide + "if r4 >= r2 goto out\nr1 += r4\nr0 = *(u8 *)(r1 + 0)\nout:\nexit"),
            "YY");
  EXPECT_EQ(proven(wide + "if w4 >= w2 goto out\nr1 += r4\nr0 = *(u8 *)(r1 + 0)\nout:\nexit"),
            "YN");
}

}  // namespace
}  // namespace weir::testing
