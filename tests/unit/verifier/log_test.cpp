// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The log of the walk, in the notation of the kernel's verifier.
#include "frontend/verifier/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/verifier/analyse.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string log_of(std::string_view text, Policy policy = Policy::kGuard,
                   size_t max_bytes = 1 << 20) {
  auto assembled = assemble(text, "test.s");
  if (!assembled) return assembled.error().to_string();
  auto insns = decode(assembled->bytes);
  if (!insns) return insns.error().to_string();
  auto program = make_program(std::move(*insns), "test");
  if (!program) return program.error().to_string();
  CompileOptions options;
  options.policy = policy;
  options.context = ContextKind::kXdp;
  options.helpers = default_helpers(options.context);
  return analysis_log(*program, options, max_bytes);
}

constexpr std::string_view kChecked =
    "r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r2\nr4 += 14\nr0 = 0\n"
    "if r4 > r3 goto out\nr1 = *(u8 *)(r2 + 0)\nr1 &= 15\nr0 = r1\nout:\nexit\n";

TEST(VerifierLog, EveryStepAndWhatIsKnownAfterIt) {
  EXPECT_EQ(log_of(kChecked),
            "; at most 24 states of a place are kept apart\n"
            "0: R1=ctx() R10=fp0\n"
            "0: (61) r2 = *(u32 *)(r1 +0)            ; R1=ctx() R2_w=pkt(r=0)\n"
            "1: (61) r3 = *(u32 *)(r1 +4)            ; R1=ctx() R3_w=pkt_end()\n"
            "2: (bf) r4 = r2                         ; R2=pkt(r=0) R4_w=pkt(r=0)\n"
            "3: (07) r4 += 14                        ; R4_w=pkt(off=14,r=0)\n"
            "4: (b7) r0 = 0                          ; R0_w=0\n"
            "5: (2d) if r4 > r3 goto +3              ; R3=pkt_end() R4=pkt(off=14,r=14)\n"
            "6: (71) r1 = *(u8 *)(r2 +0)             ; "
            "R1_w=scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)) "
            "R2=pkt(r=14)\n"
            "7: (57) r1 &= 15                        ; "
            "R1_w=scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf))\n"
            "8: (bf) r0 = r1                         ; "
            "R0_w=scalar(id=1,smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf)) "
            "R1=scalar(id=1,smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf))\n"
            "9: (95) exit\n"
            "\n"
            "from 5 to 9: R0=0 R1=ctx() R2=pkt(r=0) R3=pkt_end() R4=pkt(off=14,r=0) R10=fp0\n"
            "from 5 to 9: safe\n"
            "processed 10 insns (limit 1000000)\n");
}

TEST(VerifierLog, RefusedProgramsEndWhereTheyAreRefused) {
  const std::string log = log_of("r2 = 5\nr0 = r3\nexit\n", Policy::kStrict);
  EXPECT_THAT(log, HasSubstr("0: (b7) r2 = 5"));
  EXPECT_THAT(log, HasSubstr("1: (bf) r0 = r3\nprocessed 2 insns"));
  EXPECT_THAT(log, Not(HasSubstr("exit")));
}

TEST(VerifierLog, FramesAndSlots) {
  const std::string log = log_of(
      "*(u64 *)(r10 - 8) = 7\nr1 = r10\nr1 += -8\ncall f\nexit\nf:\nr0 = *(u64 *)(r1 + 0)\nexit\n");
  EXPECT_THAT(log, HasSubstr("3: (85) call"));
  EXPECT_THAT(log, HasSubstr("frame1: R1=fp[0]-8 R10=fp0\n"));
  EXPECT_THAT(log, HasSubstr("R0_w=7 R1=fp[0]-8\n"));
}

TEST(VerifierLog, JoinedStatesSaySo) {
  std::string text = "r3 = *(u32 *)(r1 + 12)\nr0 = 0\n";
  for (int i = 0; i < 40; ++i) {
    const std::string label = "l" + std::to_string(i);
    text += "if r3 == " + std::to_string(i) + " goto " + label + "\nr0 += 1\nr0 *= 3\n" + label +
            ":\nr0 += 1\n";
  }
  EXPECT_THAT(log_of(text + "exit\n"), HasSubstr("joined: R0="));
}

TEST(VerifierLog, IsCutWhereItIsTooLong) {
  const std::string log = log_of(kChecked, Policy::kGuard, 200);
  EXPECT_LT(log.size(), 320u);
  EXPECT_THAT(log, HasSubstr("... the log is cut here, after "));
  EXPECT_THAT(log, HasSubstr("processed 10 insns"));
}

}  // namespace
}  // namespace weir::testing
