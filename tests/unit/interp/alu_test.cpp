// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each arithmetic row of the table, with boundary and random operands, against the oracle: on its
// own, on one register with itself, and behind a register copy (the fused handlers).
#include <random>

#include "tests/unit/interp/assemble.h"
#include "tests/unit/interp/oracle.h"

namespace weir::testing {
namespace {

const std::vector<uint64_t>& boundary_values() {
  static const std::vector<uint64_t> values = [] {
    std::vector<uint64_t> out;
    for (unsigned bit : {0u, 1u, 3u, 5u, 6u, 7u, 8u, 15u, 16u, 31u, 32u, 33u, 62u, 63u}) {
      const uint64_t p = uint64_t{1} << bit;
      for (uint64_t v : {p - 1, p, p + 1, ~p, ~p + 1, ~p + 2}) out.push_back(v);
    }
    for (uint64_t v :
         {0x0123456789abcdefu, 0xfedcba9876543210u, 0x80000000'00000000u, 0x80000000'80000000u,
          0xffffffff'00000000u, uint64_t{UINT32_MAX}, 0xffffffff'80000000u, 0x7fffffff'ffffffffu}) {
      out.push_back(v);
    }
    return out;
  }();
  return values;
}

// Boundary values, and random ones of random length.
std::vector<uint64_t> operands(std::mt19937_64& random, int count) {
  std::vector<uint64_t> out = boundary_values();
  for (int i = 0; i < count; ++i) out.push_back(random() >> (random() % 64));
  return out;
}

struct Operands {
  uint64_t a, b;
};

// r3 = data[0], r4 = data[1], every other register something else; r0 = the result in `from`.
Insns with_operands(const Insns& body, int from) {
  Insns insns = {load(Op::kLdxdw, 3, 1, 0), load(Op::kLdxdw, 4, 1, 8)};
  for (int r : {0, 2, 5, 6, 7, 8, 9}) insns.push_back(mov(r, 0x1000 + r));
  insns.insert(insns.end(), body.begin(), body.end());
  insns.push_back(copy(0, from));
  insns.push_back(exit_());
  return insns;
}

uint64_t result(const InterpCode& code, uint64_t a, uint64_t b) {
  Operands data = {a, b};
  const Outcome outcome = run(code, &data, sizeof(data));
  EXPECT_FALSE(outcome.trap) << outcome;
  EXPECT_EQ(outcome.budget, kDefaultBudget);
  return outcome.r0;
}

TEST(InterpAlu, RegisterFormsGiveWhatTheOracleGives) {
  std::mt19937_64 random(1);
  for (Op op : ops_with(Format::kAluReg)) {
    SCOPED_TRACE(info(op).name);
    const auto plain = build(with_operands({alu_reg(op, 3, 4)}, 3));
    const auto self = build(with_operands({alu_reg(op, 3, 3)}, 3));
    const auto copied = build(with_operands({copy(7, 3), alu_reg(op, 7, 4)}, 7));
    const auto copied32 =
        build(with_operands({alu_reg(Op::kMov32Reg, 7, 3), alu_reg(op, 7, 4)}, 7));
    const auto copied_self = build(with_operands({copy(7, 3), alu_reg(op, 7, 7)}, 7));
    ASSERT_TRUE(plain && self && copied && copied32 && copied_self);
    const auto values = operands(random, 40);
    for (uint64_t a : values) {
      for (uint64_t b : values) {
        const uint64_t want = oracle_alu(info(op), a, b);
        ASSERT_EQ(result(*plain, a, b), want) << std::hex << a << " " << b;
        ASSERT_EQ(result(*copied, a, b), want) << std::hex << a << " " << b;
        ASSERT_EQ(result(*copied32, a, b), oracle_alu(info(op), a & UINT32_MAX, b))
            << std::hex << a << " " << b;
      }
      ASSERT_EQ(result(*self, a, 0), oracle_alu(info(op), a, a)) << std::hex << a;
      ASSERT_EQ(result(*copied_self, a, 0), oracle_alu(info(op), a, a)) << std::hex << a;
    }
  }
}

TEST(InterpAlu, ImmediateFormsGiveWhatTheOracleGives) {
  std::mt19937_64 random(2);
  std::vector<int32_t> immediates = {
      0,  1,  2,   3,   7,    8,      15,     16,        31,        32,
      33, 63, 64,  65,  0x7f, 0x80,   0xff,   0x7fff,    0x8000,    0xffff,
      -1, -2, -31, -64, -128, -32768, -65536, INT32_MAX, INT32_MIN, INT32_MIN + 1};
  for (int i = 0; i < 20; ++i) immediates.push_back(static_cast<int32_t>(random()));
  for (Op op : ops_with(Format::kAluImm)) {
    SCOPED_TRACE(info(op).name);
    const auto values = operands(random, 40);
    for (int32_t imm : immediates) {
      const auto plain = build(with_operands({alu_imm(op, 3, imm)}, 3));
      const auto copied = build(with_operands({copy(7, 3), alu_imm(op, 7, imm)}, 7));
      const auto copied32 =
          build(with_operands({alu_reg(Op::kMov32Reg, 7, 3), alu_imm(op, 7, imm)}, 7));
      ASSERT_TRUE(plain && copied && copied32);
      const auto b = static_cast<uint64_t>(int64_t{imm});
      for (uint64_t a : values) {
        ASSERT_EQ(result(*plain, a, 0), oracle_alu(info(op), a, b)) << std::hex << a << " " << imm;
        ASSERT_EQ(result(*copied, a, 0), oracle_alu(info(op), a, b)) << std::hex << a << " " << imm;
        ASSERT_EQ(result(*copied32, a, 0), oracle_alu(info(op), a & UINT32_MAX, b))
            << std::hex << a << " " << imm;
      }
    }
  }
}

TEST(InterpAlu, UnaryFormsGiveWhatTheOracleGives) {
  std::mt19937_64 random(3);
  for (Op op : ops_with(Format::kAluUnary)) {
    SCOPED_TRACE(info(op).name);
    const auto plain = build(with_operands({unary(op, 3)}, 3));
    const auto copied = build(with_operands({copy(7, 3), unary(op, 7)}, 7));
    ASSERT_TRUE(plain && copied);
    for (uint64_t a : operands(random, 1000)) {
      ASSERT_EQ(result(*plain, a, 0), oracle_alu(info(op), a, 0)) << std::hex << a;
      ASSERT_EQ(result(*copied, a, 0), oracle_alu(info(op), a, 0)) << std::hex << a;
    }
  }
}

TEST(InterpAlu, TheCornersThatSemanticsNames) {
  const auto div = [](Op op, uint64_t a, uint64_t b) {
    const auto code = build(with_operands({alu_reg(op, 3, 4)}, 3));
    return code ? result(*code, a, b) : 0xbad;
  };
  const uint64_t min64 = uint64_t{1} << 63, min32 = uint64_t{1} << 31, all = UINT64_MAX;
  EXPECT_EQ(div(Op::kDiv64Reg, 7, 0), 0u);
  EXPECT_EQ(div(Op::kMod64Reg, 7, 0), 7u);
  EXPECT_EQ(div(Op::kMod32Reg, all, 0), UINT32_MAX);
  EXPECT_EQ(div(Op::kMod32Reg, all, uint64_t{1} << 32), UINT32_MAX);  // w4 is 0
  EXPECT_EQ(div(Op::kSdiv64Reg, min64, all), min64);
  EXPECT_EQ(div(Op::kSmod64Reg, min64, all), 0u);
  EXPECT_EQ(div(Op::kSdiv32Reg, min32, all), min32);
  EXPECT_EQ(div(Op::kSmod32Reg, min32, all), 0u);
  EXPECT_EQ(div(Op::kLsh64Reg, 1, 64), 1u);
  EXPECT_EQ(div(Op::kLsh32Reg, 1, 33), 2u);
}

TEST(InterpAlu, AnOperationLeavesOtherRegistersAlone) {
  for (Op op : ops_with(Format::kAluReg, Format::kAluImm, Format::kAluUnary)) {
    SCOPED_TRACE(info(op).name);
    Instruction insn = {.op = op, .dst = 3};
    if (info(op).format == Format::kAluReg) insn.src = 4;
    if (info(op).format == Format::kAluImm) insn.imm = 3;
    // Everything but r3, added up with weights.
    Insns body = {insn, mov(3, 0)};
    uint64_t want = 0;
    for (int r : {0, 2, 5, 6, 7, 8, 9}) {
      body.push_back(alu_imm(Op::kMul64Imm, r, r + 1));
      body.push_back(add_reg(3, r));
      want += static_cast<uint64_t>(0x1000 + r) * static_cast<uint64_t>(r + 1);
    }
    body.push_back(add_reg(3, 4));
    const auto code = build(with_operands(body, 3));
    ASSERT_TRUE(code);
    EXPECT_EQ(result(*code, 12345, 77), want + 77);
  }
}

TEST(InterpAlu, WideImmediatesAreTakenWhole) {
  for (uint64_t value : boundary_values()) {
    EXPECT_EQ(run(Insns{lddw(9, value), copy(0, 9), exit_()}).r0, value);
  }
}

// A jump to the second half of a pair must find the operation alone.
TEST(InterpAlu, APairCanBeEnteredInTheMiddle) {
  const Insns insns = {
      mov(3, 5),  mov(7, 100), jump_imm(Op::kJeq64Imm, 2, 0, 4),  // no data: skip the copy
      copy(7, 3), add(7, 1),   copy(0, 7),
      exit_()};
  uint64_t data = 0;
  EXPECT_EQ(run(insns, nullptr, 0).r0, 101u);
  EXPECT_EQ(run(insns, &data, sizeof(data)).r0, 6u);
}

}  // namespace
}  // namespace weir::testing
