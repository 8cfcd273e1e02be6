// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Subprograms and their frames, helpers, callx, and instructions that are only a trap.
#include "runtime/interp/predecode.h"
#include "tests/unit/interp/assemble.h"

namespace weir::testing {
namespace {

TEST(InterpCall, RegistersAcrossACall) {
  // r0..r9 = 10..19; the callee hands back a mix of what it starts with and spoils everything.
  Insns insns;
  for (int r = 0; r < 10; ++r) insns.push_back(mov(r, 10 + r));
  insns.push_back(call(26));  // 10
  // r0 * 1000000 + r1 + ... + r5, then r6 .. r9 with weights.
  insns.push_back(alu_imm(Op::kMul64Imm, 0, 1'000'000));  // 11
  for (int r = 1; r <= 5; ++r) insns.push_back(add_reg(0, r));
  for (int r = 6; r <= 9; ++r) {
    insns.push_back(alu_imm(Op::kMul64Imm, r, r));
    insns.push_back(add_reg(0, r));
  }
  insns.push_back(exit_());  // 25
  // The callee: r1 + ... + r5, and r0, r6..r9 must be 0.
  for (int r = 1; r <= 9; ++r) insns.push_back(add_reg(0, r));
  for (int r = 1; r <= 9; ++r) insns.push_back(mov(r, -1));
  insns.push_back(exit_());
  EXPECT_EQ(run(insns).r0,
            uint64_t{11 + 12 + 13 + 14 + 15} * 1'000'000 + 16 * 6 + 17 * 7 + 18 * 8 + 19 * 9);
}

TEST(InterpCall, ACalleeHasItsOwnFrameOfZeros) {
  // main: [r10-8] = 5, twice the callee; then [r10-8] must still be 5.
  const Insns insns = {store_imm(Op::kStdw, 10, -8, 5),
                       call(8),
                       copy(6, 0),
                       call(8),
                       add_reg(6, 0),
                       load(Op::kLdxdw, 0, 10, -8),
                       add_reg(0, 6),
                       exit_(),
                       /* 8 */ load(Op::kLdxdw, 0, 10, -8),
                       store_imm(Op::kStdw, 10, -8, 77),
                       add(0, 1),
                       exit_()};
  EXPECT_EQ(run(insns).r0, 5u + 1 + 1);
}

TEST(InterpCall, DepthEndsAtEightFrames) {
  // f(r1) = r1 == 0 ? 1 : f(r1 - 1) + 1; main is a frame too.
  const auto recursion = [](int n) {
    return Insns{mov(1, n),
                 call(3),
                 exit_(),
                 /* 3 */ jump_imm(Op::kJeq64Imm, 1, 0, 6),
                 add(1, -1),
                 call(3),
                 add(0, 1),
                 exit_()};
  };
  EXPECT_EQ(run(recursion(0)), (Outcome{1, {}, kDefaultBudget - 1}));
  EXPECT_EQ(run(recursion(6)), (Outcome{7, {}, kDefaultBudget - 7}));
  EXPECT_EQ(run(recursion(7)), (Outcome{0, trap(TrapCode::kCallDepth, 5), kDefaultBudget - 8}));
  // Budget first, then depth.
  EXPECT_EQ(run(recursion(7), nullptr, 0, 7).trap, trap(TrapCode::kBudget, 5));
  EXPECT_EQ(run(recursion(7), nullptr, 0, 8).trap, trap(TrapCode::kCallDepth, 5));
  // After coming back there is room again.
  EXPECT_EQ(
      run(Insns{mov(1, 6), call(5), mov(1, 6), call(5), exit_(),
                /* 5 */ jump_imm(Op::kJeq64Imm, 1, 0, 8), add(1, -1), call(5), add(0, 1), exit_()})
          .r0,
      7u);
}

// ---- frames that others know of

// The callee writes through a pointer into its caller's frame.
TEST(InterpFrames, AnEscapedFrameCanBeWrittenByACallee) {
  const Insns insns = {copy(1, 10),
                       add(1, -8),
                       call(5),
                       load(Op::kLdxdw, 0, 10, -8),
                       exit_(),
                       /* 5 */ store_imm(Op::kStdw, 1, 0, 42),
                       exit_()};
  EXPECT_EQ(run(insns), (Outcome{42, {}, kDefaultBudget - 1}));
}

// A chain of `depth` functions below main, each of which calls the next one while r2 is not 0; r2
// is the length of the data at first and one less each time. Then main reads at its r10 + offset.
// Each function leaves its number (1, 2, ...) at the top and the bottom of its frame.
Insns chain(int depth, int offset) {
  Insns insns;
  for (int d = 0; d <= depth; ++d) {
    const auto first = static_cast<uint32_t>(insns.size());
    insns.push_back(store_imm(Op::kStdw, 10, -8, d + 1));
    insns.push_back(store_imm(Op::kStdw, 10, -512, d + 1));
    insns.push_back(copy(6, 10));
    insns.push_back(store(Op::kStxdw, 10, -20, 6));  // the frame's address is out
    insns.push_back(alu_imm(Op::kMul64Imm, 6, 1));
    if (d < depth) {
      insns.push_back(jump_imm(Op::kJeq64Imm, 2, 0, first + 8));
      insns.push_back(add(2, -1));
      insns.push_back(call(first + (d == 0 ? 11 : 10)));
    }
    insns.push_back(mov(0, 0));
    if (d == 0) insns.push_back(load(Op::kLdxdw, 0, 6, offset));
    insns.push_back(d < depth ? exit_() : mov(0, 0));
    if (d == depth) insns.push_back(exit_());
  }
  return insns;
}
constexpr uint32_t kChainLoad = 9;

TEST(InterpFrames, TheBlockKeepsWhatCalleesLeftAndIsZeroBeyond) {
  for (int depth = 1; depth <= 7; ++depth) {
    for (int frame = 0; frame <= depth; ++frame) {
      for (int offset : {-512 * frame - 8, -512 * frame - 512, -512 * frame - 256}) {
        const auto code = build(chain(depth, offset));
        ASSERT_TRUE(code);
        for (uint64_t calls = 0; calls <= static_cast<uint64_t>(depth); ++calls) {
          SCOPED_TRACE(::testing::Message() << depth << " " << offset << " " << calls);
          uint8_t data[8];
          const bool left = static_cast<uint64_t>(frame) <= calls && offset % 512 != -256;
          EXPECT_EQ(
              run(*code, data, calls),
              (Outcome{left ? static_cast<uint64_t>(frame) + 1 : 0, {}, kDefaultBudget - calls}));
        }
      }
    }
  }
}

TEST(InterpFrames, TheBlockEndsAfterTheDeepestFrame) {
  for (int depth : {1, 2, 7}) {
    const int bottom = -512 * (depth + 1);
    EXPECT_FALSE(run(chain(depth, bottom)).trap);
    for (int offset : {bottom - 1, bottom - 8, 2 * bottom, -7, 0, 1, 8}) {
      EXPECT_EQ(run(chain(depth, offset)).trap, trap(TrapCode::kAccess, kChainLoad)) << offset;
    }
  }
}

TEST(InterpFrames, WithoutEscapeTheBlockIsNoRegion) {
  // The distance of two pointers is just a number, and no address of a frame leaks: the load
  // through data + distance must fail although it points into the frame.
  const Insns insns = {
      copy(3, 10),   alu_reg(Op::kSub64Reg, 3, 1), copy(4, 1), alu_imm(Op::kMul64Imm, 4, 1),
      add_reg(4, 3), load(Op::kLdxdw, 0, 4, -8),   exit_()};
  uint64_t data = 1;
  auto program = make(insns);
  ASSERT_TRUE(program);
  const auto verified = verify(std::move(*program), conformance_options());
  ASSERT_TRUE(verified);
  ASSERT_FALSE(verified->facts().stack_escapes);
  EXPECT_EQ(run(insns, &data, sizeof(data)).trap, trap(TrapCode::kAccess, 5));
}

TEST(InterpFrames, AnEscapedFrameIsZeroedAtEachCall) {
  // The callee adds up its frame through a number that is its address, and leaves a pattern.
  Insns insns = {call(4),
                 copy(6, 0),
                 call(4),
                 exit_(),
                 /* 4 */ copy(6, 10),
                 alu_imm(Op::kMul64Imm, 6, 1)};
  for (int offset = -512; offset < 0; offset += 8) {
    insns.push_back(load(Op::kLdxdw, 3, 6, offset));
    insns.push_back(alu_reg(Op::kOr64Reg, 0, 3));
    insns.push_back(store_imm(Op::kStdw, 6, offset, -1));
  }
  insns.push_back(exit_());
  EXPECT_EQ(run(insns), (Outcome{0, {}, kDefaultBudget - 2}));
}

TEST(InterpFrames, OwnFrameChecksFollowTheFrame) {
  // A variable offset in a callee is held against the callee's frame, not the caller's.
  const auto probe = [](int64_t offset) {
    int64_t data = offset;
    return run(Insns{load(Op::kLdxdw, 1, 1, 0), call(3), exit_(),
                     /* 3 */ copy(6, 10), add_reg(6, 1), load(Op::kLdxb, 0, 6, 0), exit_()},
               &data, sizeof(data))
        .trap;
  };
  EXPECT_EQ(probe(-512), Trap{});
  EXPECT_EQ(probe(-1), Trap{});
  EXPECT_EQ(probe(0), trap(TrapCode::kAccess, 5));
  EXPECT_EQ(probe(-513), trap(TrapCode::kAccess, 5));
}

// ---- helpers

uint64_t weigh(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
               ExecContext* context) {
  return r1 + 10 * r2 + 100 * r3 + 1000 * r4 + 10000 * r5 +
         (context->helpers[5] == weigh ? 100000 : 0);
}

TEST(InterpHelper, GetsItsArgumentsAndTheContext) {
  Insns insns;
  for (int r = 1; r <= 9; ++r) insns.push_back(mov(r, r));
  insns.push_back(call_helper(5));
  for (int r = 1; r <= 9; ++r) insns.push_back(alu_imm(Op::kMul64Imm, r, 1'000'000));
  for (int r = 1; r <= 9; ++r) insns.push_back(add_reg(0, r));
  insns.push_back(exit_());
  // r1..r5 are 0 after the call, r6..r9 as before.
  EXPECT_EQ(run(insns, nullptr, 0, 9, weigh),
            (Outcome{154321 + (6 + 7 + 8 + 9) * 1'000'000, {}, 9}));
}

TEST(InterpHelper, UnwindEndsTheRunFromAnyDepth) {
  const Insns insns = {
      mov(1, 3),       call_helper(5), copy(6, 0),        call(6),   mov(0, 9),      exit_(),
      /* 6 */ call(8), exit_(),        /* 8 */ mov(0, 4), mov(1, 0), call_helper(5), mov(0, 5),
      exit_()};
  EXPECT_EQ(run(insns), (Outcome{0, {}, kDefaultBudget - 2}));
  EXPECT_EQ(run(Insns{mov(1, 3), call_helper(5), exit_()}).r0, 3u);
}

TEST(InterpHelper, UnknownHelpersTrap) {
  for (int number : {0, 4, 6, 255, 256, -1, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(run(Insns{mov(0, 1), call_helper(number), exit_()}).trap,
              trap(TrapCode::kUnknownHelper, 1))
        << number;
  }
  // In the set, but the host does not offer it.
  EXPECT_EQ(run(Insns{call_helper(5), exit_()}, nullptr, 0, 1, nullptr).trap,
            trap(TrapCode::kUnknownHelper, 0));
  const auto code = build({call_helper(5), exit_()});
  ASSERT_TRUE(code);
  ExecContext context;  // without any table
  EXPECT_EQ(code->run(&context, nullptr, 0), 0u);
  EXPECT_EQ(context.trap_code, TrapCode::kUnknownHelper);
  // The host offers it, but it is not in the set.
  const auto none = build({mov(0, 3), call_helper(5), exit_()}, CompileOptions{});
  ASSERT_TRUE(none);
  EXPECT_EQ(run(*none, nullptr, 0).trap, trap(TrapCode::kUnknownHelper, 1));
}

// ---- callx

Insns callx_of(uint64_t value) {
  // Subprogram 1 at 6: its address is taken. Subprogram 2 at 9: not.
  return {lddw_func(3, 6), lddw(4, value), mov(1, 21), callx(4), ja(5), exit_(),
          /* 6 */ mov(0, 2), alu_reg(Op::kMul64Reg, 0, 1), exit_(),
          /* 9 */ mov(0, 7), exit_(),
          // Subprogram 3, never called; its calls make 9 a subprogram.
          /* 11 */ call(6), call(9), call(11), exit_()};
}

TEST(InterpCallx, TheValueDecides) {
  EXPECT_EQ(run(callx_of(kFunctionToken | 1)), (Outcome{42, {}, kDefaultBudget - 1}));
  EXPECT_EQ(run(callx_of(5)), (Outcome{21, {}, kDefaultBudget}));  // a helper
  for (uint64_t number : {0u, 1u, 4u, 6u, 255u}) {
    EXPECT_EQ(run(callx_of(number)).trap, trap(TrapCode::kUnknownHelper, 3)) << number;
  }
  for (uint64_t value :
       {uint64_t{256}, kFunctionToken, kFunctionToken | 2, kFunctionToken | 3, kFunctionToken | 4,
        kFunctionToken | UINT32_MAX, kFunctionToken - 1, kFunctionToken + (uint64_t{1} << 32) + 1,
        UINT64_MAX, uint64_t{1} << 32 | 5}) {
    EXPECT_EQ(run(callx_of(value)).trap, trap(TrapCode::kBadFunction, 3)) << std::hex << value;
  }
  // The frame pointer is an address.
  EXPECT_EQ(run(Insns{callx(10), exit_()}).trap, trap(TrapCode::kBadFunction, 0));
}

TEST(InterpCallx, UnwindsLikeACall) {
  EXPECT_EQ(run(Insns{mov(3, 5), mov(1, 0), callx(3), mov(0, 1), exit_()}),
            (Outcome{0, {}, kDefaultBudget}));
}

TEST(InterpCallx, TheAddressMayBeTakenInCodeThatNeverRuns) {
  const Insns insns = {
      lddw(4, kFunctionToken | 1), callx(4), exit_(), lddw_func(3, 6), call(6), exit_(),
      /* 6 */ mov(0, 33),          exit_()};
  EXPECT_EQ(run(insns), (Outcome{33, {}, kDefaultBudget - 1}));
}

TEST(InterpCallx, TheEntryCanBeCalled) {
  // Counts down in r1 through the entry itself.
  const Insns insns = {jump_imm(Op::kJgt64Imm, 1, 3, 2),
                       ja(6),
                       mov(1, 3),
                       lddw_func(6, 0),
                       callx(6),
                       exit_(),
                       /* 6 */ mov(0, 100),
                       add_reg(0, 1),
                       exit_()};
  uint64_t data = 0;
  EXPECT_EQ(run(insns, &data, sizeof(data)), (Outcome{103, {}, kDefaultBudget - 1}));
}

TEST(InterpCallx, DepthAndBudget) {
  const Insns insns = {lddw_func(6, 0), callx(6), exit_()};
  EXPECT_EQ(run(insns), (Outcome{0, trap(TrapCode::kCallDepth, 1), kDefaultBudget - 8}));
  EXPECT_EQ(run(insns, nullptr, 0, 7), (Outcome{0, trap(TrapCode::kBudget, 1), 0}));
}

// ---- traps made before the run

TEST(InterpTrap, MemoryKeepsWhatWasWritten) {
  uint64_t data[2] = {};
  EXPECT_EQ(run(Insns{store_imm(Op::kStdw, 1, 0, 1), store_imm(Op::kStdw, 1, 16, 2),
                      store_imm(Op::kStdw, 1, 8, 3), exit_()},
                data, sizeof(data))
                .trap,
            trap(TrapCode::kAccess, 1));
  EXPECT_EQ(data[0], 1u);
  EXPECT_EQ(data[1], 0u);
}

TEST(InterpTrap, WhatTheAnalysisDidNotReachIsATrapNotARun) {
  // Nothing comes to index 2; the steps are run from there by force.
  auto program = make({mov(0, 1), exit_(), load(Op::kLdxdw, 0, 1, 0), exit_()});
  ASSERT_TRUE(program);
  const auto verified = verify(std::move(*program), conformance_options());
  ASSERT_TRUE(verified);
  auto code = interp::predecode(*verified);
  ASSERT_TRUE(code);
  code->steps.erase(code->steps.begin(), code->steps.begin() + 2);
  ExecContext context;
  EXPECT_EQ(interp::execute(*code, &context, nullptr, 0), 0u);
  EXPECT_EQ(context.trap_code, TrapCode::kUnsupported);
  EXPECT_EQ(context.trap_insn, 0u);
}

TEST(InterpTrap, UnusedHandlersTrapToo) {
  interp::Code code;
  code.functions.push_back({});
  for (Op op : {Op::kCallKfunc}) {
    code.steps = {{.handler = interp::handlers()[interp::handler_of(op)]}};
    ExecContext context;
    EXPECT_EQ(interp::execute(code, &context, nullptr, 0), 0u);
    EXPECT_EQ(context.trap_code, TrapCode::kUnsupported);
  }
}

}  // namespace
}  // namespace weir::testing
