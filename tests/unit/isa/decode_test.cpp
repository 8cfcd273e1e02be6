// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/decode.h"

#include <gtest/gtest.h>

#include <random>

#include "frontend/isa/assembler.h"
#include "frontend/isa/disassembler.h"
#include "tests/unit/isa/isa_samples.h"

namespace weir {
namespace {

using testing::bytes_of;
using testing::make_raw;
using testing::used_fields;
using testing::UsedFields;

ErrorCode refusal(const std::vector<RawInsn>& raw) {
  auto insn = decode_one(raw, 7);
  if (insn) {
    ADD_FAILURE() << "accepted: " << disassemble_one(*insn, Dialect::kKernel);
    return ErrorCode::kInternal;
  }
  return insn.error().code();
}

std::vector<RawInsn> program(std::initializer_list<std::vector<RawInsn>> parts) {
  std::vector<RawInsn> out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

const RawInsn kExit{0x95, 0, 0, 0};
const RawInsn kMov{0xb7, 0, 0, 0};

TEST(Decode, EveryUnusedFieldMustBeZero) {
  for (size_t i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    const OpInfo& row = info(op);
    const UsedFields used = used_fields(row.format);
    const std::vector<RawInsn> good = make_raw(op, 1, 2, 3, 4);
    ASSERT_TRUE(decode_one(good, 0)) << row.name;
    SCOPED_TRACE(row.name);
    if (!used.dst) {
      for (int dst = 1; dst < 16; ++dst) {
        auto raw = good;
        raw[0].regs = static_cast<uint8_t>((raw[0].regs & 0xf0) | dst);
        EXPECT_EQ(refusal(raw), ErrorCode::kInsnReservedField);
      }
    }
    if (!used.src && row.selector != Selector::kSrc) {
      for (int src = 1; src < 16; ++src) {
        auto raw = good;
        raw[0].regs = static_cast<uint8_t>((raw[0].regs & 0x0f) | src << 4);
        EXPECT_EQ(refusal(raw), ErrorCode::kInsnReservedField);
      }
    }
    if (!used.offset && row.selector != Selector::kOffset) {
      for (int bit = 0; bit < 16; ++bit) {
        auto raw = good;
        raw[0].offset = static_cast<int16_t>(1u << bit);
        EXPECT_EQ(refusal(raw), ErrorCode::kInsnReservedField);
      }
    }
    if (!used.imm && row.selector != Selector::kImm) {
      for (int bit = 0; bit < 32; ++bit) {
        auto raw = good;
        raw[0].imm = static_cast<int32_t>(1u << bit);
        EXPECT_EQ(refusal(raw), ErrorCode::kInsnReservedField);
      }
    }
  }
}

// Selector fields take exactly the values of the table: everything else is refused.
TEST(Decode, SelectorFieldsTakeTheTablesValuesOnly) {
  for (size_t i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    const OpInfo& row = info(op);
    auto known = [&](int32_t value) {
      for (const OpInfo& other : kOpTable) {
        if (other.opcode == row.opcode && other.value == value) return true;
      }
      return false;
    };
    for (int32_t value = -300; value < 300; ++value) {
      auto raw = make_raw(op, 1, 2, 3, 4);
      switch (row.selector) {
        case Selector::kNone: continue;
        case Selector::kOffset: raw[0].offset = static_cast<int16_t>(value); break;
        case Selector::kImm: raw[0].imm = value; break;
        case Selector::kSrc:
          if (value < 0 || value > 15) continue;
          raw[0].regs = static_cast<uint8_t>((raw[0].regs & 0x0f) | value << 4);
          break;
      }
      if (!known(value)) {
        EXPECT_EQ(refusal(raw), ErrorCode::kInsnReservedField) << row.name << " " << value;
      }
    }
  }
}

TEST(Decode, UnknownOpcodesAreRefused) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    bool known = false;
    for (const OpInfo& row : kOpTable) known |= row.opcode == opcode;
    if (!known) {
      EXPECT_EQ(refusal({RawInsn{static_cast<uint8_t>(opcode), 0, 0, 0}}),
                ErrorCode::kInsnUnknownOpcode)
          << opcode;
    }
  }
}

TEST(Decode, RegistersAboveTenAreRefused) {
  for (size_t i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    const UsedFields used = used_fields(info(op).format);
    for (uint8_t reg = 11; reg < 16; ++reg) {
      if (used.dst) {
        EXPECT_EQ(refusal(make_raw(op, reg, 2, 3, 4)), ErrorCode::kInsnBadRegister);
      }
      if (used.src) {
        EXPECT_EQ(refusal(make_raw(op, 1, reg, 3, 4)), ErrorCode::kInsnBadRegister);
      }
    }
  }
}

TEST(Decode, TheFramePointerIsReadOnly) {
  EXPECT_EQ(refusal(make_raw(Op::kMov64Imm, 10, 0, 0, 1)), ErrorCode::kInsnBadRegister);
  EXPECT_EQ(refusal(make_raw(Op::kLdxdw, 10, 1, 0, 0)), ErrorCode::kInsnBadRegister);
  EXPECT_EQ(refusal(make_raw(Op::kLoadAcq32, 10, 1, 0, 0)), ErrorCode::kInsnBadRegister);
  EXPECT_EQ(refusal(make_raw(Op::kLddw, 10, 0, 0, 1)), ErrorCode::kInsnBadRegister);
  EXPECT_EQ(refusal(make_raw(Op::kBe16, 10, 0, 0, 0)), ErrorCode::kInsnBadRegister);
  EXPECT_EQ(refusal(make_raw(Op::kAtomicFetchAdd64, 1, 10, 0, 0)), ErrorCode::kInsnBadRegister);
  EXPECT_EQ(refusal(make_raw(Op::kAtomicXchg32, 1, 10, 0, 0)), ErrorCode::kInsnBadRegister);
  EXPECT_TRUE(decode_one(make_raw(Op::kStxdw, 10, 10, -8, 0), 0));
  EXPECT_TRUE(decode_one(make_raw(Op::kAtomicAdd64, 10, 10, -8, 0), 0));
  EXPECT_TRUE(decode_one(make_raw(Op::kAtomicCmpxchg64, 10, 10, -8, 0), 0));
  EXPECT_TRUE(decode_one(make_raw(Op::kJeq64Reg, 10, 10, 1, 0), 0));
}

TEST(Decode, SecondSlotsFieldsMustBeZero) {
  const std::vector<RawInsn> good = make_raw(Op::kLddw, 1, 0, 0, 0x1122334455667788);
  for (RawInsn second : {RawInsn{1, 0, 0, 0}, RawInsn{0, 1, 0, 0}, RawInsn{0, 0, 1, 0}}) {
    EXPECT_EQ(refusal({good[0], second}), ErrorCode::kInsnReservedField);
  }
  EXPECT_EQ(refusal({good[0]}), ErrorCode::kInsnTruncated);
}

// Map references without an offset and function references have nothing in the second immediate.
TEST(Decode, SecondImmediateMustBeZeroWhereItIsNoOperand) {
  for (Op op : {Op::kLddwMapFd, Op::kLddwMapIdx, Op::kLddwFunc}) {
    EXPECT_TRUE(decode_one(make_raw(op, 1, 0, 0, 5), 0));
    EXPECT_EQ(refusal(make_raw(op, 1, 0, 0, 0x100000005)), ErrorCode::kInsnReservedField);
  }
  for (Op op : {Op::kLddw, Op::kLddwMapValue, Op::kLddwMapIdxValue, Op::kLddwVarAddr}) {
    EXPECT_TRUE(decode_one(make_raw(op, 1, 0, 0, 0x100000005), 0));
  }
}

TEST(Decode, ErrorsNameInstructionFieldAndSlot) {
  auto insn = decode_one(make_raw(Op::kExit, 0, 0, 0, 0), 0);
  ASSERT_TRUE(insn);
  auto bad = decode_one(std::vector<RawInsn>{{0x95, 0, 0, 9}}, 7);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().to_string(),
            "error: instruction 7: immediate field of Exit (opcode 0x95) is 9, but must be 0 "
            "[insn-reserved-field]");
}

TEST(Decode, WholeProgramChecksSizeAndTargets) {
  auto code = [](std::vector<RawInsn> raw) { return decode(bytes_of(raw)); };
  EXPECT_EQ(decode({}).error().code(), ErrorCode::kInsnTruncated);
  EXPECT_EQ(decode(std::vector<uint8_t>(7)).error().code(), ErrorCode::kInsnTruncated);
  EXPECT_TRUE(code({kMov, kExit}));
  const auto wide = make_raw(Op::kLddw, 1, 0, 0, 1);
  // Backwards, forwards, to itself; one past the end, one before the start, into a wide
  // instruction.
  EXPECT_TRUE(code(program({{kMov}, make_raw(Op::kJa, 0, 0, -2, 0), {kExit}})));
  EXPECT_TRUE(code(program({make_raw(Op::kJa, 0, 0, -1, 0), {kExit}})));
  EXPECT_TRUE(code(program({make_raw(Op::kJa, 0, 0, 2, 0), wide, {kExit}})));
  for (auto bad : {program({make_raw(Op::kJa, 0, 0, 1, 0), {kExit}}),
                   program({make_raw(Op::kJa, 0, 0, -2, 0), {kExit}}),
                   program({make_raw(Op::kJa, 0, 0, 1, 0), wide, {kExit}}),
                   program({make_raw(Op::kGotol, 0, 0, 0, 1), wide, {kExit}}),
                   program({make_raw(Op::kGotol, 0, 0, 0, INT32_MAX), {kExit}}),
                   program({make_raw(Op::kGotol, 0, 0, 0, INT32_MIN), {kExit}}),
                   program({make_raw(Op::kMayGoto, 0, 0, 9, 0), {kExit}}),
                   program({make_raw(Op::kCallLocal, 0, 0, 0, 1), {kExit}}),
                   program({make_raw(Op::kJeq32Imm, 1, 0, INT16_MAX, 0), {kExit}})}) {
    auto insns = code(bad);
    ASSERT_FALSE(insns);
    EXPECT_EQ(insns.error().code(), ErrorCode::kInsnBadTarget);
  }
  // Targets are instruction indexes.
  auto insns = code(program({make_raw(Op::kJa, 0, 0, 2, 0), wide, {kExit}}));
  EXPECT_EQ((*insns)[0].target, 2u);
}

TEST(Decode, TheInstructionLimitIsExact) {
  std::vector<RawInsn> raw(kMaxInstructions, kMov);
  EXPECT_TRUE(decode(bytes_of(raw)));
  raw.push_back(kMov);
  EXPECT_EQ(decode(bytes_of(raw)).error().code(), ErrorCode::kLimit);
}

// Any eight or sixteen bytes: an error, or an exact way through decoder, writer and reader.
TEST(Decode, RandomSlotsAreRefusedOrRoundTrip) {
  std::mt19937_64 random(20240607);
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::vector<RawInsn> raw(2);
    uint64_t bits = random();
    std::memcpy(&raw[0], &bits, 8);
    // Two of three from the table, with most fields small or empty, so that many are accepted.
    if (i % 3 != 0) {
      const OpInfo& row = kOpTable[random() % kOpCount];
      raw[0].opcode = row.opcode;
      raw[0].regs = static_cast<uint8_t>(random() % 11 | (random() % 3 ? random() % 11 << 4 : 0));
      if (random() % 2) raw[0].offset = 0;
      if (random() % 2) raw[0].imm = 0;
      if (row.selector == Selector::kOffset) raw[0].offset = static_cast<int16_t>(row.value);
      if (row.selector == Selector::kImm) raw[0].imm = row.value;
      const UsedFields used = used_fields(row.format);
      if (random() % 4) {
        if (!used.dst) raw[0].regs &= 0xf0;
        if (!used.src) raw[0].regs &= 0x0f;
        if (row.selector == Selector::kSrc) {
          raw[0].regs = static_cast<uint8_t>((raw[0].regs & 15) | row.value << 4);
        }
      }
    }
    raw[1] = RawInsn{0, 0, 0, static_cast<int32_t>(random())};
    if (random() % 16 == 0) raw[1].offset = 1;
    auto insn = decode_one(raw, 0);
    if (!insn) {
      EXPECT_FALSE(insn.error().message().empty());
      continue;
    }
    ++accepted;
    raw.resize(insn->info().slots());
    const std::vector<uint8_t> bytes = bytes_of(raw);
    ASSERT_EQ(bytes_of(*insn), bytes);
    for (Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
      const std::string text = disassemble_one(*insn, dialect);
      auto made = assemble(text, "random.s", dialect);
      ASSERT_TRUE(made) << made.error().to_string();
      ASSERT_EQ(made->bytes, bytes) << text;
    }
  }
  EXPECT_GT(accepted, 10'000);
}

}  // namespace
}  // namespace weir
