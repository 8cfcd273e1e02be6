// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each jump row in both directions, the budget and may_goto.
#include <random>

#include "tests/unit/interp/assemble.h"
#include "tests/unit/interp/oracle.h"

namespace weir::testing {
namespace {

std::vector<uint64_t> operands(std::mt19937_64& random) {
  std::vector<uint64_t> out = {0, 1, 2, UINT64_MAX, UINT64_MAX - 1};
  for (unsigned bit : {7u, 15u, 30u, 31u, 32u, 33u, 62u, 63u}) {
    const uint64_t p = uint64_t{1} << bit;
    for (uint64_t v : {p - 1, p, p + 1, ~p}) out.push_back(v);
  }
  for (int i = 0; i < 20; ++i) out.push_back(random() >> (random() % 64));
  return out;
}

struct Operands {
  uint64_t a, b;
};

// r0 = 1 if the jump, at index 4 or 6, is taken.
Insns forward(Instruction jump) {
  jump.target = 6;
  return {load(Op::kLdxdw, 3, 1, 0),
          load(Op::kLdxdw, 4, 1, 8),
          mov(0, 0),
          mov(5, 0),
          jump,
          exit_(),
          mov(0, 1),
          exit_()};
}
Insns backward(Instruction jump) {
  jump.target = 4;
  return {load(Op::kLdxdw, 3, 1, 0),
          load(Op::kLdxdw, 4, 1, 8),
          mov(0, 0),
          ja(6),
          mov(0, 1),
          exit_(),
          jump,
          exit_()};
}

void expect_jump(Op op, const InterpCode& there, const InterpCode& back, uint64_t a, uint64_t b,
                 uint64_t operand) {
  Operands data = {a, b};
  const bool taken = oracle_jump(info(op), a, operand);
  SCOPED_TRACE(::testing::Message() << info(op).name << std::hex << " " << a << " " << operand);
  ASSERT_EQ(run(there, &data, sizeof(data), 10), (Outcome{taken, {}, 10}));
  ASSERT_EQ(run(back, &data, sizeof(data), 10), (Outcome{taken, {}, taken ? 9u : 10u}));
  // Without a budget, a backward jump that is not taken still goes on.
  const Outcome broke = run(back, &data, sizeof(data), 0);
  ASSERT_EQ(broke, taken ? (Outcome{0, trap(TrapCode::kBudget, 6), 0}) : (Outcome{0, {}, 0}));
}

TEST(InterpJump, RegisterFormsGoWhereTheOracleGoes) {
  std::mt19937_64 random(1);
  for (Op op : ops_with(Format::kJumpReg)) {
    const auto there = build(forward(jump_reg(op, 3, 4, 0)));
    const auto back = build(backward(jump_reg(op, 3, 4, 0)));
    ASSERT_TRUE(there && back);
    const auto values = operands(random);
    for (uint64_t a : values) {
      for (uint64_t b : values) expect_jump(op, *there, *back, a, b, b);
    }
  }
}

TEST(InterpJump, ImmediateFormsGoWhereTheOracleGoes) {
  std::mt19937_64 random(2);
  std::vector<int32_t> immediates = {0, 1, -1, 2, -2, 127, 128, -128, INT32_MAX, INT32_MIN};
  for (int i = 0; i < 10; ++i) immediates.push_back(static_cast<int32_t>(random()));
  for (Op op : ops_with(Format::kJumpImm)) {
    for (int32_t imm : immediates) {
      const auto there = build(forward(jump_imm(op, 3, imm, 0)));
      const auto back = build(backward(jump_imm(op, 3, imm, 0)));
      ASSERT_TRUE(there && back);
      auto values = operands(random);
      values.push_back(static_cast<uint64_t>(int64_t{imm}));
      values.push_back(static_cast<uint32_t>(imm));
      for (uint64_t a : values) {
        expect_jump(op, *there, *back, a, 0, static_cast<uint64_t>(int64_t{imm}));
      }
    }
  }
}

TEST(InterpJump, UnconditionalJumps) {
  for (auto* make_jump : {&ja, &gotol}) {
    EXPECT_EQ(run(Insns{mov(0, 1), make_jump(3), mov(0, 2), exit_()}, nullptr, 0, 7),
              (Outcome{1, {}, 7}));
    const Insns back = {mov(0, 1), make_jump(4), mov(0, 3), exit_(), make_jump(2)};
    EXPECT_EQ(run(back, nullptr, 0, 7), (Outcome{3, {}, 6}));
    EXPECT_EQ(run(back, nullptr, 0, 0), (Outcome{0, trap(TrapCode::kBudget, 4), 0}));
  }
}

TEST(InterpJump, AJumpToItselfIsBackwards) {
  EXPECT_EQ(run(Insns{mov(0, 1), ja(1)}, nullptr, 0, 5),
            (Outcome{0, trap(TrapCode::kBudget, 1), 0}));
  EXPECT_EQ(run(Insns{mov(0, 1), gotol(1)}, nullptr, 0, 5),
            (Outcome{0, trap(TrapCode::kBudget, 1), 0}));
  EXPECT_EQ(run(Insns{mov(0, 1), jump_imm(Op::kJeq64Imm, 0, 1, 1), exit_()}, nullptr, 0, 5),
            (Outcome{0, trap(TrapCode::kBudget, 1), 0}));
  EXPECT_EQ(run(Insns{mov(0, 1), jump_imm(Op::kJeq64Imm, 0, 2, 1), exit_()}, nullptr, 0, 0),
            (Outcome{1, {}, 0}));
}

TEST(InterpJump, FarJumps) {
  // Conditional jumps reach 32,767 slots ahead of, and 32,768 behind, the instruction after them.
  Insns insns = {mov(0, 1), jump_imm(Op::kJeq64Imm, 0, 1, 32'769)};
  insns.resize(32'769, add(0, 1));
  insns.push_back(jump_imm(Op::kJeq64Imm, 0, 1, 2));
  insns.push_back(exit_());
  EXPECT_EQ(run(insns, nullptr, 0, 1), (Outcome{32'768, {}, 0}));

  insns = {gotol(100'001)};
  insns.resize(100'000, add(0, 1));
  insns.push_back(exit_());
  insns.push_back(gotol(99'999));
  EXPECT_EQ(run(insns, nullptr, 0, 1), (Outcome{1, {}, 0}));
}

// A Program that never was bytes may hold a jump that no slot can.
TEST(InterpJump, AJumpBeyondTheOffsetFieldIsRefused) {
  const auto accepted = [](uint32_t from, uint32_t to) {
    Insns insns(40'000, add(0, 1));
    insns.push_back(exit_());
    insns[from] = jump_imm(Op::kJeq64Imm, 0, 1, to);
    auto program = make_program(insns, "test");
    if (!program) return false;
    const auto verified = verify(std::move(*program), {});
    if (!verified) return false;
    const auto code = InterpCode::make(*verified);
    return code.has_value() || code.error().code() != ErrorCode::kProgramMalformed;
  };
  EXPECT_TRUE(accepted(1, 1 + 1 + 32'767));
  EXPECT_FALSE(accepted(1, 1 + 1 + 32'768));
  EXPECT_TRUE(accepted(35'000, 35'000 + 1 - 32'768));
  EXPECT_FALSE(accepted(35'000, 35'000 + 1 - 32'769));
}

// r0 counts the rounds of a loop without end.
TEST(InterpBudget, EndsAtExactlyTheNthBackwardJump) {
  const Insns loop = {add(0, 1), store(Op::kStxdw, 1, 0, 0), ja(0)};
  for (uint64_t budget : {0u, 1u, 2u, 3u, 1000u}) {
    uint64_t rounds = 0;
    EXPECT_EQ(run(loop, &rounds, sizeof(rounds), budget),
              (Outcome{0, trap(TrapCode::kBudget, 2), 0}));
    EXPECT_EQ(rounds, budget + 1);
  }
}

TEST(InterpBudget, ForwardJumpsAreFree) {
  Insns insns;
  for (uint32_t i = 0; i < 100; ++i) insns.push_back(ja(i + 1));
  insns.push_back(exit_());
  EXPECT_EQ(run(insns, nullptr, 0, 0), (Outcome{0, {}, 0}));
}

TEST(InterpBudget, LocalCallsTakeFromIt) {
  const Insns calls = {call(4), call(4), call(4), exit_(), mov(0, 9), exit_()};
  EXPECT_EQ(run(calls, nullptr, 0, 5), (Outcome{9, {}, 2}));
  EXPECT_EQ(run(calls, nullptr, 0, 3), (Outcome{9, {}, 0}));
  EXPECT_EQ(run(calls, nullptr, 0, 2), (Outcome{0, trap(TrapCode::kBudget, 2), 0}));
  EXPECT_EQ(run(calls, nullptr, 0, 0), (Outcome{0, trap(TrapCode::kBudget, 0), 0}));
  const Insns indirect = {lddw_func(6, 4), callx(6), call(4), exit_(), mov(0, 9), exit_()};
  EXPECT_EQ(run(indirect, nullptr, 0, 2), (Outcome{9, {}, 0}));
  EXPECT_EQ(run(indirect, nullptr, 0, 1), (Outcome{0, trap(TrapCode::kBudget, 2), 0}));
  EXPECT_EQ(run(indirect, nullptr, 0, 0), (Outcome{0, trap(TrapCode::kBudget, 1), 0}));
}

TEST(InterpBudget, IsLeftInTheContextHoweverTheRunEnds) {
  // Two rounds, then an access outside.
  const Insns insns = {add(6, 1), jump_imm(Op::kJlt64Imm, 6, 3, 0), load(Op::kLdxb, 0, 1, 0),
                       exit_()};
  EXPECT_EQ(run(insns, nullptr, 0, 10), (Outcome{0, trap(TrapCode::kAccess, 2), 8}));
  // Likewise, then unwind(0).
  const Insns unwinds = {
      add(6, 1), jump_imm(Op::kJlt64Imm, 6, 3, 0), mov(1, 0), call_helper(5), mov(0, 1), exit_()};
  EXPECT_EQ(run(unwinds, nullptr, 0, 10), (Outcome{0, {}, 8}));
}

uint64_t budget_seen_by_helper = 0;
uint64_t spend_three(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* context) {
  budget_seen_by_helper = context->budget;
  context->budget -= 3;
  return 1;
}
TEST(InterpBudget, AHelperSeesItAndMaySpendIt) {
  const Insns insns = {add(6, 1), jump_imm(Op::kJlt64Imm, 6, 3, 0), call_helper(5), exit_()};
  EXPECT_EQ(run(insns, nullptr, 0, 10, spend_three), (Outcome{1, {}, 5}));
  EXPECT_EQ(budget_seen_by_helper, 8u);
}

// r0 counts how often may_goto went on.
TEST(InterpMayGoto, LeavesTheLoopWhenTheBudgetIsSpent) {
  const Insns insns = {may_goto(3), add(0, 1), ja(0), exit_()};
  EXPECT_EQ(run(insns, nullptr, 0, 0), (Outcome{0, {}, 0}));
  EXPECT_EQ(run(insns, nullptr, 0, 10), (Outcome{10, {}, 0}));
}

TEST(InterpMayGoto, LeavesTheLoopWhenTheRoundsAreSpent) {
  const Insns insns = {may_goto(3), add(0, 1), ja(0), exit_()};
  EXPECT_EQ(run(insns, nullptr, 0, kMayGotoRounds + 5), (Outcome{kMayGotoRounds, {}, 5}));
}

TEST(InterpMayGoto, EachActivationHasItsOwnRounds) {
  // main: 3 rounds, then the callee spends all of its own, then main may go on.
  const Insns insns = {may_goto(9),           may_goto(9), may_goto(9),   call(10), copy(6, 0),
                       may_goto(9),           call(10),    add_reg(0, 6), exit_(),  exit_(),
                       /* 10 */ may_goto(13), add(0, 1),   ja(10),        exit_()};
  EXPECT_EQ(run(insns, nullptr, 0, 2 * kMayGotoRounds + 7), (Outcome{2 * kMayGotoRounds, {}, 5}));
}

TEST(InterpMayGoto, BackwardsItCountsAsABackwardJump) {
  const Insns insns = {mov(0, 1), ja(3), exit_(), may_goto(2), mov(0, 2), exit_()};
  // The budget is 0, so it jumps, so the budget is exceeded.
  EXPECT_EQ(run(insns, nullptr, 0, 0), (Outcome{0, trap(TrapCode::kBudget, 3), 0}));
  EXPECT_EQ(run(insns, nullptr, 0, 1), (Outcome{2, {}, 1}));
  // Out of rounds with budget left: it jumps and pays.
  const Insns spent = {ja(3), mov(0, 7), exit_(), may_goto(1), ja(3)};
  EXPECT_EQ(run(spent, nullptr, 0, kMayGotoRounds + 2), (Outcome{7, {}, 1}));
}

}  // namespace
}  // namespace weir::testing
