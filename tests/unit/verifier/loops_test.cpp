// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds of loops, and loops that have none.
#include <gtest/gtest.h>

#include "tests/unit/verifier/analyse.h"

namespace weir::testing {
namespace {

TEST(VerifierLoops, Counted) {
  EXPECT_EQ(bounds("r0 = 0\nnext:\nr0 += 1\nif r0 != 10 goto next\nexit"), "9");
  EXPECT_EQ(bounds("r3 = 0\nr0 = 0\nnext:\nr0 += r3\nr3 += 1\nif r3 < 1000 goto next\nexit"),
            "1000");
  EXPECT_EQ(bounds("r3 = 1000\nr0 = 0\nnext:\nr0 += r3\nr3 += -1\nif r3 s> 0 goto next\nexit"),
            "1001");
  EXPECT_EQ(bounds("w3 = 0\nr0 = 0\nnext:\nr0 += r3\nw3 += 2\nif w3 < 1000 goto next\nexit"),
            "500");
  // The test at the top.
  EXPECT_EQ(
      bounds(
          "r3 = 0\nr0 = 0\nnext:\nif r3 >= 500 goto out\nr3 += 1\nr0 += r3\ngoto next\nout:\nexit"),
      "500");
  // Nobody knows where it starts: 2^32 - 1 rounds, which must be paid for.
  EXPECT_EQ(
      bounds(
          "r3 = *(u32 *)(r10 - 4)\nr0 = 0\nnext:\nr0 += 1\nr3 += -1\nif r3 s> 0 goto next\nexit"),
      "4294967296!");
}

TEST(VerifierLoops, Masked) {
  EXPECT_EQ(bounds("r3 = *(u8 *)(r10 - 4)\nr3 &= 63\nr0 = 0\nnext:\nr0 += 1\nr3 += -1\nif r3 s> 0 "
                   "goto next\nexit"),
            "64");
}

TEST(VerifierLoops, ByTheLengthOfTheData) {
  // A pointer, and a number that indexes.
  EXPECT_EQ(
      bounds(
          "r3 = r1\nr3 += r2\nr0 = 0\nnext:\nif r1 >= r3 goto out\nr4 = *(u8 *)(r1 + 0)\nr0 += r4\n"
          "r1 += 1\ngoto next\nout:\nexit"),
      "3+1n");
  EXPECT_EQ(
      bounds(
          "r3 = 0\nr0 = 0\nnext:\nif r3 >= r2 goto out\nr3 += 1\nr0 += r3\ngoto next\nout:\nexit"),
      "3+1n");
}

TEST(VerifierLoops, AVariableStepThatIsAtLeastOne) {
  // Options: each says how long it is.
  const std::string options =
      "r0 = 0\nr3 = 0\nnext:\nif r3 > 1000 goto out\nr4 = *(u8 *)(r10 - 1)\n%r3 += r4\nr0 += "
      "1\ngoto next\n"
      "out:\nexit";
  std::string checked = options, unchecked = options;
  checked.replace(checked.find('%'), 1, "if r4 < 2 goto out\n");
  unchecked.replace(unchecked.find('%'), 1, "");
  EXPECT_EQ(bounds(checked), "502");
  EXPECT_EQ(bounds(unchecked), "?!");
}

TEST(VerifierLoops, Nested) {
  EXPECT_EQ(
      bounds("r3 = 0\nr0 = 0\nrows:\nr4 = 0\ncolumns:\nr0 += 1\nr4 += 1\nif r4 < 100 goto columns\n"
             "r3 += 1\nif r3 < 50 goto rows\nexit"),
      "5100 51");
  // Too much in all: the outer loop is free, the inner one is not.
  EXPECT_EQ(
      bounds(
          "r3 = 0\nr0 = 0\nrows:\nr4 = 0\ncolumns:\nr0 += 1\nr4 += 1\nif r4 < 10000 goto columns\n"
          "r3 += 1\nif r3 < 10000 goto rows\nexit"),
      "100010000! 10001");
}

TEST(VerifierLoops, ACounterOnTheStack) {
  EXPECT_EQ(bounds("r0 = 0\n*(u64 *)(r10 - 8) = r0\nnext:\nr3 = *(u64 *)(r10 - 8)\nr3 += 1\n"
                   "*(u64 *)(r10 - 8) = r3\nif r3 < 300 goto next\nexit"),
            "300");
  // Something else is written over it.
  EXPECT_EQ(bounds("r0 = 0\n*(u64 *)(r10 - 8) = r0\nnext:\nr3 = *(u64 *)(r10 - 8)\nr3 += 1\n"
                   "*(u64 *)(r10 - 8) = r3\n*(u8 *)(r10 - 8) = 0\nif r3 < 300 goto next\nexit"),
            "?!");
}

TEST(VerifierLoops, WithoutBound) {
  EXPECT_EQ(bounds("r0 = 0\nnext:\ngoto next\nexit"), "?!");
  EXPECT_EQ(bounds("r0 = 0\nnext:\nr0 += 1\nif r0 != 0 goto next\nexit"), "?!");
  EXPECT_EQ(bounds("next:\nr3 = *(u32 *)(r10 - 4)\nr0 = 0\nif r3 != 0 goto next\nexit"), "?!");
  // It moves on one way only.
  EXPECT_EQ(bounds("r3 = 0\nr0 = 0\nnext:\nr4 = *(u8 *)(r10 - 1)\nif r4 == 0 goto next\nr3 += 1\n"
                   "if r3 < 1000 goto next\nexit"),
            "?! 1000");
  // Up and down.
  EXPECT_EQ(
      bounds(
          "r3 = 0\nr0 = 0\nnext:\nr4 = *(u8 *)(r10 - 1)\nr3 += 2\nif r4 == 0 goto more\nr3 += -2\n"
          "more:\nif r3 < 1000 goto next\nexit"),
      "?!");
}

TEST(VerifierLoops, CallsAreBoundedLikeJumps) {
  EXPECT_EQ(bounds("call f\ncall f\nexit\nf:\nr0 = 0\nexit"), "1 1");
  EXPECT_EQ(bounds("r6 = 0\nnext:\ncall f\nr6 += 1\nif r6 < 500 goto next\nexit\nf:\nr0 = 0\nexit"),
            "500 500");
  // A loop in a function that is called from a loop.
  EXPECT_EQ(bounds("r6 = 0\nnext:\ncall f\nr6 += 1\nif r6 < 100 goto next\nexit\n"
                   "f:\nr0 = 0\nagain:\nr0 += 1\nif r0 < 200 goto again\nexit"),
            "100 100 20000");
  EXPECT_EQ(bounds("call f\nexit\nf:\ncall f\nexit"), "1 ?!");
}

TEST(VerifierLoops, MayGotoEndsALoopInTheEnd) {
  EXPECT_EQ(bounds("r0 = 0\nnext:\nmay_goto out\nr0 += 1\ngoto next\nout:\nexit"), "8388609!");
}

}  // namespace
}  // namespace weir::testing
