// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the analysis proves, and what it must not claim.
#include "frontend/verifier/verifier.h"

#include <gtest/gtest.h>

#include "frontend/verifier/abstract_state.h"
#include "tests/unit/verifier/analyse.h"

namespace weir {
namespace {

using testing::analyse;
using testing::proven;

TEST(Verifier, LengthCheckProvesWhatItCoversAndNoMore) {
  EXPECT_EQ(proven("r0 = 0\nif r2 < 20 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit"), "Y");
  EXPECT_EQ(proven("r0 = 0\nif r2 < 19 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit"), "N");
  EXPECT_EQ(proven("r0 = 0\nif r2 s< 20 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit"), "Y");
  EXPECT_EQ(proven("r0 = 0\nif w2 <= 19 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit"), "Y");
  EXPECT_EQ(proven("r0 = 0\nif r2 > 19 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit"), "N");
  EXPECT_EQ(proven("r0 = *(u8 *)(r1 - 1)\nexit"), "N");
  // The other register says nothing.
  EXPECT_EQ(proven("r3 = 100\nr0 = 0\nif r3 < 20 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit"), "N");
}

TEST(Verifier, ComparisonWithTheEndProves) {
  const char* const head = "r3 = r1\nr3 += r2\nr4 = r1\nr4 += 14\nr0 = 0\n";
  EXPECT_EQ(proven(std::string(head) + "if r4 > r3 goto +1\nr0 = *(u16 *)(r1 + 12)\nexit"), "Y");
  EXPECT_EQ(proven(std::string(head) + "if r3 < r4 goto +1\nr0 = *(u16 *)(r1 + 12)\nexit"), "Y");
  EXPECT_EQ(proven(std::string(head) + "if r4 >= r3 goto +1\nr0 = *(u8 *)(r1 + 14)\nexit"), "Y");
  EXPECT_EQ(proven(std::string(head) + "if r4 > r3 goto +1\nr0 = *(u8 *)(r1 + 14)\nexit"), "N");
  EXPECT_EQ(proven(std::string(head) + "if r4 < r3 goto +1\nr0 = *(u8 *)(r1 + 12)\nexit"), "N");
}

// Two pointers whose fixed parts lie half the address space apart: what is proven of one says
// nothing of the other, and the distance must not wrap into a proof.
TEST(Verifier, JoinOfPointersFarApartProvesNothing) {
  AbstractState old, now;
  old.frames.resize(1);
  now.frames.resize(1);
  Value near = Value::pointer(Value::Base::kData, 0);
  near.id = 1;
  near.range = ScalarRange::between(0, 60);
  old.frames[0].regs[3] = near;
  old.proven[1] = 10;
  Value far = near;
  far.id = 2;
  far.offset = 8'603'398'601'508'388'864;
  now.frames[0].regs[3] = far;
  IdSource ids = 2;
  bool lost = false;
  for (const auto& [a, b] : {std::pair(&old, &now), std::pair(&now, &old)}) {
    const AbstractState joined = join(*a, *b, false, {}, &ids, &lost);
    const Value& v = joined.frames[0].regs[3];
    EXPECT_LE(joined.proven_past(v.id), 0);
    EXPECT_FALSE(subsumes(*a, *b, 1u << 3));
  }
}

TEST(Verifier, VariableOffsetsAreProvenForAllPointersWithTheSameVariablePart) {
  // An IPv4 header length from the packet, then the port behind it.
  const char* const ok =
      "r0 = 0\nr3 = r1\nr3 += r2\nif r2 < 20 goto out\n"
      "r4 = *(u8 *)(r1 + 0)\nr4 &= 15\nr4 <<= 2\nr5 = r1\nr5 += r4\n"
      "r6 = r5\nr6 += 4\nif r6 > r3 goto out\nr0 = *(u16 *)(r5 + 2)\nout:\nexit";
  EXPECT_EQ(proven(ok), "YY");
  // Checked with one variable part, used with another.
  const char* const other =
      "r0 = 0\nr3 = r1\nr3 += r2\nif r2 < 20 goto out\n"
      "r4 = *(u8 *)(r1 + 0)\nr4 &= 15\nr4 <<= 2\nr5 = r1\nr5 += r4\nr7 = r5\nr7 += r4\n"
      "r6 = r5\nr6 += 4\nif r6 > r3 goto out\nr0 = *(u16 *)(r7 + 2)\nout:\nexit";
  EXPECT_EQ(proven(other), "YN");
  // A variable part that may be negative proves nothing about the lower end.
  const char* const negative =
      "r0 = 0\nr3 = r1\nr3 += r2\nif r2 < 20 goto out\n"
      "r4 = *(s8 *)(r1 + 0)\nr5 = r1\nr5 += r4\n"
      "r6 = r5\nr6 += 4\nif r6 > r3 goto out\nr0 = *(u16 *)(r5 + 2)\nout:\nexit";
  EXPECT_EQ(proven(negative), "YN");
}

TEST(Verifier, StackAccessesWithBoundedIndex) {
  EXPECT_EQ(
      proven("r3 = 0\nif r2 > 7 goto +3\nr3 = r10\nr3 += r2\n*(u8 *)(r3 - 8) = 1\nr0 = 0\nexit"),
      "Y");
  EXPECT_EQ(
      proven("r3 = 0\nif r2 > 8 goto +3\nr3 = r10\nr3 += r2\n*(u8 *)(r3 - 8) = 1\nr0 = 0\nexit"),
      "N");
  EXPECT_EQ(proven("*(u64 *)(r10 - 512) = 1\nr0 = 0\nexit"), "Y");
  EXPECT_EQ(proven("*(u64 *)(r10 - 4) = 1\nr0 = 0\nexit"), "N");
}

TEST(Verifier, ChecksOnACopyCountAndStayWithTheValue) {
  EXPECT_EQ(proven("r3 = r2\nr0 = 0\nif r3 < 20 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit"), "Y");
  EXPECT_EQ(proven("*(u64 *)(r10 - 8) = r1\nr0 = 0\nif r2 < 4 goto +2\nr3 = *(u64 *)(r10 - 8)\nr0 "
                   "= *(u32 *)(r3 + 0)\nexit"),
            "YYY");
  EXPECT_EQ(proven("r3 = *(u8 *)(r10 - 1)\nr4 = r3\nif r4 > 3 goto +3\nr5 = r10\nr5 += r3\n*(u8 "
                   "*)(r5 - 4) = 1\nr0 = 0\nexit"),
            "YY");
}

TEST(Verifier, LoopOverTheDataIsProven) {
  const char* const loop =
      "r3 = r1\nr3 += r2\nr0 = 0\n"
      "loop:\nif r1 == r3 goto out\nr4 = *(u8 *)(r1 + 0)\nr0 += r4\nr1 += 1\ngoto loop\nout:\nexit";
  EXPECT_EQ(proven(loop), "Y");
  const char* const counted =
      "r3 = 0\nr0 = 0\nif r2 < 64 goto out\n"
      "loop:\nr5 = r1\nr5 += r3\nr4 = *(u8 *)(r5 + 0)\nr0 += r4\nr3 += 1\nif r3 < 64 goto "
      "loop\nout:\nexit";
  EXPECT_EQ(proven(counted), "Y");
  const char* const one_too_far =
      "r3 = 0\nr0 = 0\nif r2 < 64 goto out\n"
      "loop:\nr5 = r1\nr5 += r3\nr4 = *(u8 *)(r5 + 0)\nr0 += r4\nr3 += 1\nif r3 <= 64 goto "
      "loop\nout:\nexit";
  EXPECT_EQ(proven(one_too_far), "N");
}

TEST(Verifier, GuardedAccessProvesTheNextOne) {
  EXPECT_EQ(proven("r0 = *(u8 *)(r1 + 9)\nr3 = *(u8 *)(r1 + 3)\nr0 += r3\nexit"), "NY");
}

TEST(Verifier, SubprogramsSeeTheirCallersPointers) {
  EXPECT_EQ(proven("r0 = 0\nif r2 < 4 goto +1\ncall pc+1\nexit\nr0 = *(u32 *)(r1 + 0)\nexit"), "Y");
  // The callee is reached with and without the check.
  EXPECT_EQ(proven("r6 = r1\ncall pc+2\nr1 = r6\nexit\nr0 = *(u32 *)(r1 + 0)\nexit"), "N");
  // A caller's slot, written through a pointer.
  EXPECT_EQ(proven("r1 = r10\nr1 += -8\ncall pc+2\nr0 = *(u64 *)(r10 - 8)\nexit\n*(u64 *)(r1 + 0) "
                   "= 7\nr0 = 0\nexit"),
            "YY");
}

TEST(Verifier, StackEscapesOnlyWhereItMust) {
  auto direct = analyse("r1 = r10\nr1 += -8\ncall pc+1\nexit\n*(u64 *)(r1 + 0) = 7\nr0 = 0\nexit");
  ASSERT_TRUE(direct);
  EXPECT_FALSE(direct->facts().stack_escapes);
  // Hidden in a number and used again.
  auto hidden = analyse("r3 = r10\nr3 ^= 1\nr3 ^= 1\n*(u64 *)(r3 - 8) = 7\nr0 = 0\nexit");
  ASSERT_TRUE(hidden);
  EXPECT_TRUE(hidden->facts().stack_escapes);
}

TEST(Verifier, StrictRefusesWhatIsNotProven) {
  EXPECT_TRUE(analyse("r0 = 0\nif r2 < 20 goto +1\nr0 = *(u32 *)(r1 + 16)\nexit", Policy::kStrict));
  auto refused = analyse("r0 = *(u32 *)(r1 + 16)\nexit", Policy::kStrict);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kProgramRejected);
  EXPECT_EQ(refused.error().where().instruction, 0u);
}

// Branches that double the paths at every step end by joining.
TEST(Verifier, ManyPathsEnd) {
  std::string text = "r3 = 0\n";
  for (int i = 0; i < 400; ++i) {
    text += "r4 = *(u8 *)(r10 - " + std::to_string(1 + i % 512) +
            ")\nif r4 == 0 goto +1\nr3 += " + std::to_string(i + 1) + "\n";
  }
  text += "r0 = r3\nexit";
  auto verified = analyse(text);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->facts().proven, verified->facts().accesses);
}

// More sets of pointers in slots than are kept apart: the walk that joined them lost which map it
// is, and all that it refused is looked at again.
TEST(Verifier, AMapIsKnownOnManyPaths) {
  std::string text =
      "r9 = r1\nr8 = *(u32 *)(r9 + 0)\nr1 = *(u32 *)(r9 + 4)\nr2 = r8\nr2 += 8\n"
      "if r2 > r1 goto out\nr6 = map_fd(0) ll\nr1 = *(u8 *)(r8 + 7)\nif r1 == 0 goto first\n"
      "r6 = map_fd(1) ll\nfirst:\n";
  for (int i = 0; i < 7; ++i) {
    const std::string slot = std::to_string(8 * (i + 1)), number = std::to_string(i);
    text += "*(u64 *)(r10 - " + slot + ") = r9\nr1 = *(u8 *)(r8 + " + number +
            ")\nif r1 == 0 goto skip" + number + "\n*(u64 *)(r10 - " + slot + ") = 0\nskip" +
            number + ":\n";
  }
  text += "*(u32 *)(r10 - 64) = 0\nr1 = r6\nr2 = r10\nr2 += -64\ncall 1\n";
  for (int i = 0; i < 7; ++i) text += "r1 = *(u64 *)(r10 - " + std::to_string(8 * (i + 1)) + ")\n";
  text += "out:\nr0 = 1\nexit";
  MapDef map;
  map.name = "m";
  map.type = 2;
  map.key_size = 4;
  map.value_size = 8;
  map.max_entries = 1;
  auto verified = testing::analyse_at(ContextKind::kXdp, text, Policy::kGuard, {map, map});
  EXPECT_TRUE(verified) << verified.error().to_string();
}

}  // namespace
}  // namespace weir
