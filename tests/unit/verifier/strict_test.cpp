// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Policy strict against the kernel's rules. What is accepted and refused here, Linux 6.18 accepts
// and refuses for a privileged loader; only accesses through r1 are of this hook kind.
#include <gtest/gtest.h>

#include "tests/unit/verifier/analyse.h"

namespace weir::testing {
namespace {

// The message and "@" the instruction, or "accepted".
std::string strict(std::string_view text) {
  auto verified = analyse(text, Policy::kStrict);
  if (verified) return "accepted";
  const Error& error = verified.error();
  return error.message() + " @" +
         (error.where().instruction ? std::to_string(*error.where().instruction) : "?");
}

TEST(VerifierStrict, RegistersThatWereNeverWritten) {
  EXPECT_EQ(strict("r0 = r3\nexit"), "r3 is read, but has no value on some path to here @0");
  EXPECT_EQ(strict("exit"), "the program ends, but r0 has no value on some path to here @0");
  EXPECT_EQ(strict("r0 = 0\nif r2 == 0 goto out\nr6 = 1\nout:\nr0 = r6\nexit"),
            "r6 is read, but has no value on some path to here @3");
  EXPECT_EQ(strict("call f\nr0 = r1\nexit\nf:\nr0 = 0\nexit"),
            "r1 is read, but has no value on some path to here @1");
  EXPECT_EQ(strict("call f\nexit\nf:\nr0 = r3\nexit"),
            "r3 is read, but has no value on some path to here @2");
  // A function need not give anything back if nobody looks.
  EXPECT_EQ(strict("call f\nr0 = 0\nexit\nf:\nexit"), "accepted");
  EXPECT_EQ(strict("call f\nexit\nf:\nexit"),
            "the program ends, but r0 has no value on some path to here @1");
}

TEST(VerifierStrict, TheStack) {
  // Bytes that were never written may be read by the privileged.
  EXPECT_EQ(strict("r0 = *(u64 *)(r10 - 8)\nexit"), "accepted");
  EXPECT_EQ(strict("*(u64 *)(r10 - 12) = 1\nr0 = 0\nexit"),
            "access of 8 bytes at stack-12 is not aligned @0");
  EXPECT_EQ(strict("r0 = *(u32 *)(r10 - 7)\nexit"),
            "access of 4 bytes at stack-7 is not aligned @0");
  EXPECT_EQ(strict("*(u64 *)(r10 - 8) = r1\n*(u32 *)(r10 - 8) = 1\nr0 = 0\nexit"), "accepted");
  EXPECT_EQ(strict("*(u64 *)(r10 - 8) = r1\nr0 = *(u32 *)(r10 - 8)\nexit"),
            "4 bytes are read of a pointer that was stored at stack-8 @1");
  EXPECT_EQ(
      strict("*(u64 *)(r10 - 304) = 1\ncall f\nexit\nf:\n*(u64 *)(r10 - 304) = 1\nr0 = 0\nexit"),
      "the frames of functions that call each other take 608 bytes of stack, but there are 512 @0");
}

TEST(VerifierStrict, ArithmeticOnPointers) {
  auto on_frame = [](const std::string& operation) {
    return strict("r2 = r10\nr3 = 5\n" + operation + "\nr0 = 0\nexit");
  };
  EXPECT_EQ(on_frame("r2 *= 2"), "*= on a pointer, r2 @2");
  EXPECT_EQ(on_frame("r2 &= 7"), "&= on a pointer, r2 @2");
  EXPECT_EQ(on_frame("r2 /= 2"), "/= on a pointer, r2 @2");
  EXPECT_EQ(on_frame("r2 += r10"), "r2 += r10 has a pointer on both sides @2");
  EXPECT_EQ(on_frame("r2 -= r10"), "accepted");
  EXPECT_EQ(on_frame("r3 -= r10"), "a pointer, r10, is subtracted from a number @2");
  EXPECT_EQ(on_frame("r3 += r10"), "accepted");
  EXPECT_EQ(on_frame("r2 -= 8"), "something is subtracted from r2, a pointer to the stack @2");
  EXPECT_EQ(on_frame("w2 += 8"), "r2 is a pointer, of which 32 bits are no address @2");
  EXPECT_EQ(on_frame("w2 -= 8"), "accepted");
  EXPECT_EQ(on_frame("w2 = w10"), "accepted");
  EXPECT_EQ(on_frame("r2 = -r2"), "accepted");
  EXPECT_EQ(on_frame("r2 = bswap64 r2"), "accepted");
  EXPECT_EQ(on_frame("if r1 > r10 goto +0"), "accepted");
  // Addresses may get out.
  EXPECT_EQ(strict("r0 = r10\nexit"), "accepted");
}

TEST(VerifierStrict, LoopsAndWays) {
  EXPECT_EQ(strict("r0 = 0\nnext:\nr0 += 1\nif r0 < 1000 goto next\nexit"), "accepted");
  EXPECT_EQ(strict("r0 = 0\nnext:\nr0 += 0\nif r0 == 0 goto next\nexit"),
            "nothing bounds how often this jump goes back @2");
  // No register counts, but the rounds can be walked.
  EXPECT_EQ(
      strict(
          "r0 = 0\nr3 = *(u32 *)(r10 - 4)\nnext:\nr0 += 1\nr3 >>= 1\nif r3 != 0 goto next\nexit"),
      "accepted");
  EXPECT_EQ(strict("goto +1\nr0 = 1\nr0 = 0\nexit"),
            "no way through the program leads to this instruction @1");
}

}  // namespace
}  // namespace weir::testing
