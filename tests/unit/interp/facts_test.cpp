// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs on which the analysis once claimed what is not so (found by random_test.cpp), each of
// them a way out of the sandbox. The model runs them, because it believes nothing.
#include "tests/unit/interp/guarded_buffer.h"
#include "tests/unit/interp/model.h"
#include "tests/unit/interp/random_programs.h"

namespace weir::testing {
namespace {

Result<VerifiedProgram> analyse(const Insns& insns) {
  WEIR_TRY(Program program, make(insns));
  return verify(std::move(program), conformance_options());
}

void expect_true_facts(const Insns& insns, size_t size) {
  GuardedBuffer buffer(size, GuardedBuffer::Touching::kEnd);
  ASSERT_TRUE(buffer.data());
  const auto verified = analyse(insns);
  ASSERT_TRUE(verified);
  Model model(*verified);
  (void)model.run(buffer.data(), size, 100);
  EXPECT_EQ(model.false_fact(), "");
}

// Half of a pointer, stored and loaded, is no pointer.
TEST(InterpFacts, HalfOfASpilledPointerIsANumber) {
  for (int base : {1, 10}) {
    for (Op half : {Op::kStxw, Op::kStxh, Op::kStxb, Op::kStoreRel32}) {
      const Op back = half == Op::kStxh ? Op::kLdxh : half == Op::kStxb ? Op::kLdxb : Op::kLdxw;
      expect_true_facts({store(half, 10, -16, base), jump_imm(Op::kJlt64Imm, 2, 8, 4),
                         load(back, 3, 10, -16), load(Op::kLdxdw, 0, 3, 0), exit_()},
                        64);
    }
  }
}

// An access outside the own frame ends a path only if it is checked against the own frame.
TEST(InterpFacts, AnAccessCheckedAgainstAllRegionsMayHitAnotherFrame) {
  expect_true_facts(
      {call(2), exit_(), jump_imm(Op::kJne64Imm, 2, 1, 4), copy(1, 10),
       store(Op::kAtomicAnd32, 1, 20, 0), mov(0, 0), jump_imm(Op::kJle32Imm, 9, 77, 3), exit_()},
      64);
}

// The program makes `data + x` an address 256 MB below the frames, passes a check against all
// regions at 256 MB above that, and must not be believed that it now has data at `data + x`.
TEST(InterpFacts, ACheckAgainstAllRegionsProvesNothingOfTheData) {
  constexpr int32_t kFar = 0x10000000;
  const auto verified = analyse(
      {copy(6, 1), copy(7, 10), alu_reg(Op::kSub64Reg, 7, 6), alu_imm(Op::kSub64Imm, 7, kFar),
       jump_imm(Op::kJslt64Imm, 7, 0, 17), lddw(5, uint64_t{1} << 39),
       jump_reg(Op::kJsgt64Reg, 7, 5, 17), add_reg(6, 7), copy(8, 6),
       jump_imm(Op::kJne64Imm, 2, 5, 12), copy(8, 10), add(8, -kFar),
       /* 12 */ add(8, kFar - 16), load(Op::kLdxdw, 9, 8, 0), jump_imm(Op::kJeq64Imm, 2, 5, 17),
       load(Op::kLdxdw, 0, 6, 0), exit_(), /* 17 */ mov(0, -1), exit_()});
  ASSERT_TRUE(verified);
  EXPECT_FALSE(verified->facts().insns[15].access.proven);
}

// Whether the model notices, within some hundred random programs, that the facts were changed.
bool is_noticed(void (*edit)(Facts&)) {
  RandomPrograms source(3, false);
  GuardedBuffer buffer(64, GuardedBuffer::Touching::kEnd);
  if (!buffer.data()) return false;
  for (int i = 0; i < 2000; ++i) {
    auto program = make(source.next());
    if (!program) continue;
    auto verified = verify_and_edit(std::move(*program), conformance_options(), edit);
    if (!verified) continue;
    Model model(*verified);
    (void)model.run(buffer.data(), 64, 1000);
    if (!model.false_fact().empty()) return true;
  }
  return false;
}

// The canary: wrong facts of each kind are found, so that finding none means something.
TEST(InterpFacts, WrongFactsAreNoticed) {
  EXPECT_FALSE(is_noticed([](Facts&) {}));
  EXPECT_TRUE(is_noticed([](Facts& facts) {
    for (InsnFacts& insn : facts.insns) insn.access.proven = true;
  }));
  EXPECT_TRUE(is_noticed([](Facts& facts) {
    for (InsnFacts& insn : facts.insns) insn.before[3].value += insn.before[3].known ? 1 : 0;
  }));
  EXPECT_TRUE(is_noticed([](Facts& facts) {
    for (InsnFacts& insn : facts.insns) insn.before[7].fits32 = true;
  }));
  EXPECT_TRUE(is_noticed([](Facts& facts) {
    for (InsnFacts& insn : facts.insns) insn.reached = insn.reached && !insn.before[7].fits32;
  }));
  EXPECT_TRUE(is_noticed([](Facts& facts) {
    for (LoopFact& loop : facts.loops) loop.rounds -= loop.rounds > 1 ? 1 : 0;
  }));
  EXPECT_TRUE(is_noticed([](Facts& facts) {
    for (LoopFact& loop : facts.loops) loop.bounded = true;
  }));
}

}  // namespace
}  // namespace weir::testing
