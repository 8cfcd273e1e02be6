// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter that counts gives what the other one gives, and counts what happened.
#include "tests/unit/interp/random_programs.h"

namespace weir::testing {
namespace {

TEST(CountingInterp, CountsEachInstructionAndEachJumpTaken) {
  // Three rounds; a copy and an addition, which the other interpreter runs as one.
  const Insns insns = {mov(0, 0),
                       mov(3, 3),
                       copy(4, 3),
                       add(4, 1),
                       add_reg(0, 4),
                       add(3, -1),
                       jump_imm(Op::kJne64Imm, 3, 0, 2),
                       exit_()};
  auto program = make(insns);
  ASSERT_TRUE(program);
  const auto verified = verify(std::move(*program), conformance_options());
  ASSERT_TRUE(verified);
  const auto code = CountingInterp::make(*verified);
  ASSERT_TRUE(code);
  BranchProfile counts = (*code)->no_counts();
  ExecContext context;
  EXPECT_EQ((*code)->run(&context, nullptr, 0, counts), 4u + 3 + 2);
  using C = BranchProfile::Counts;
  EXPECT_EQ(
      counts,
      (BranchProfile{{C{1, 0}, C{1, 0}, C{3, 0}, C{3, 0}, C{3, 0}, C{3, 0}, C{3, 2}, C{1, 0}}, 1}));
  // It adds up.
  (*code)->run(&context, nullptr, 0, counts);
  EXPECT_EQ(counts.insns[6], (C{6, 4}));
  EXPECT_EQ(counts.program_runs, 2u);
}

TEST(CountingInterp, RandomProgramsGiveWhatTheyGiveUncounted) {
  RandomPrograms random(77, /*addresses_matter=*/false);
  int programs = 0;
  for (int i = 0; i < 3'000; ++i) {
    auto program = make(random.next());
    if (!program) continue;
    const auto verified = verify(std::move(*program), conformance_options());
    if (!verified) continue;
    const auto plain = InterpCode::make(*verified);
    const auto counting = CountingInterp::make(*verified);
    ASSERT_TRUE(plain && counting);
    BranchProfile counts = (*counting)->no_counts();
    // One buffer, since programs may keep its address; that of a frame they do not.
    std::vector<uint8_t> data(64, 7);
    ExecContext first, second;
    first.budget = second.budget = 200;
    const uint64_t r0 = (*plain)->run(&first, data.data(), data.size());
    const std::vector<uint8_t> left = data;
    std::ranges::fill(data, uint8_t{7});
    EXPECT_EQ((*counting)->run(&second, data.data(), data.size(), counts), r0);
    EXPECT_EQ(second.trap_code, first.trap_code);
    EXPECT_EQ(second.trap_insn, first.trap_insn);
    EXPECT_EQ(second.budget, first.budget);
    EXPECT_EQ(data, left);
    EXPECT_EQ(counts.insns[0].runs == 0, false);
    for (const auto& [runs, taken] : counts.insns) EXPECT_LE(taken, runs);
    ++programs;
  }
  EXPECT_GT(programs, 500);
}

}  // namespace
}  // namespace weir::testing
