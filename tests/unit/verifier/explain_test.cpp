// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The exact words for the most common mistakes.
#include "frontend/verifier/explain.h"

#include <gtest/gtest.h>

#include "tests/unit/verifier/analyse.h"

namespace weir::testing {
namespace {

// "INSN[,ALSO...]: what | lost | hint", a line each.
std::string explain(std::string_view text) {
  auto verified = analyse(text);
  if (!verified) return verified.error().to_string();
  std::string out;
  for (const Explanation& e : explain_accesses(verified->program(), verified->facts())) {
    if (!out.empty()) out += "\n";
    out += std::to_string(e.insn);
    for (uint32_t insn : e.also) out += "," + std::to_string(insn);
    out += ": " + e.what + " | " + e.lost + " | " + e.hint;
  }
  return out;
}

TEST(VerifierExplain, MissingEndCheck) {
  EXPECT_EQ(explain("r0 = *(u32 *)(r1 + 16)\nexit"),
            "0: read of 4 bytes at r1 = data+16, but nothing is known of the data's length |  | "
            "compare the length first, and leave if it is below 20");
}

TEST(VerifierExplain, ACheckThatIsTooShort) {
  EXPECT_EQ(
      explain("r0 = 0\nif r2 < 14 goto out\nr0 = *(u32 *)(r1 + 12)\nout:\nexit"),
      "2: read of 4 bytes at r1 = data+12, but only 14 bytes are proven |  | a check covers 14 "
      "bytes, 16 are needed: compare the length first, and leave if it is below 16");
}

TEST(VerifierExplain, CheckOnTheWrongRegister) {
  EXPECT_EQ(
      explain("r0 = 0\nif r2 < 20 goto out\nr4 = *(u8 *)(r1 + 0)\nr5 = r1\nr5 += r4\n"
              "r0 = *(u16 *)(r5 + 0)\nout:\nexit"),
      "5: read of 2 bytes at r5 = data plus 0 to 255, but only 20 bytes of the data are proven, "
      "and none from this pointer | the value comes from instruction 2 | the check is on another "
      "pointer or number: compare the pointer plus 2 with the end of the data first");
}

TEST(VerifierExplain, VariableOffsetTooLarge) {
  EXPECT_EQ(
      explain("r3 = *(u16 *)(r10 - 2)\nr4 = r10\nr4 += r3\nr0 = *(u8 *)(r4 - 8)\nexit"),
      "3: read of 1 bytes at r4 = stack plus -8 to 65527, but a frame is stack-512 to stack-1 | "
      "the value comes from instruction 0 | bound the variable offset before it is added, for "
      "example with r &= 63");
}

TEST(VerifierExplain, MisalignedAtomic) {
  EXPECT_EQ(explain("r3 = 1\nr0 = 0\nif r2 < 8 goto out\nlock *(u64 *)(r1 + 0) += r3\nout:\nexit"),
            "3: access of 8 bytes at r1 = data+0, and the data may start at any address |  | "
            "atomics need "
            "an aligned address: use them on the stack, or on values of maps");
}

TEST(VerifierExplain, NoPointer) {
  EXPECT_EQ(
      explain("r3 = 5\nr0 = *(u8 *)(r3 + 0)\nexit"),
      "1: read of 1 bytes at r3, a number and no pointer that is known | the value comes from "
      "instruction 0 | take the address from r1 or r10, by adding numbers to it");
}

// Under guard the first access that passed its check proves what lies below it; what lies above has
// the same cause.
TEST(VerifierExplain, OneCauseOneMessage) {
  const std::string text = explain(
      "r3 = r1\nr0 = 0\nif r2 < 14 goto out\nr4 = *(u8 *)(r10 - 1)\nif r4 == 0 goto other\n"
      "r0 = *(u32 *)(r3 + 16)\ngoto out\nother:\nr0 = *(u32 *)(r3 + 26)\nout:\nexit");
  EXPECT_EQ(text.substr(0, 5), "5,7: ") << text;
}

TEST(VerifierExplain, HintsOfWhatIsFoundElsewhere) {
  EXPECT_EQ(hint_null_check(0), "a lookup may give null: leave if r0 == 0 before it is used");
  EXPECT_EQ(hint_argument(2, "a pointer to the stack"),
            "r2 must be a pointer to the stack when the helper is called");
  EXPECT_EQ(hint_read_only("packet"),
            "the packet may be read but not written: copy it to the stack first");
  EXPECT_EQ(hint_return_range(0, 4),
            "r0 must be 0 to 4 at exit: set it to a constant on every path");
  EXPECT_EQ(hint_loop_bound(),
            "count the rounds in a register, and leave the loop when it reaches a constant");
}

}  // namespace
}  // namespace weir::testing
