// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads and stores of every size and sign at both ends of each region, with every way to form the
// address that leads to a different check.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "tests/unit/interp/assemble.h"
#include "tests/unit/interp/guarded_buffer.h"
#include "tests/unit/interp/oracle.h"

namespace weir::testing {
namespace {

constexpr int kSize = 24;
constexpr int64_t kTop = INT64_MAX;

const std::vector<Op>& accesses() {
  static const auto ops = ops_with(Format::kLoad, Format::kStoreImm, Format::kStoreReg);
  return ops;
}

// How the address is made; each leads to another check.
enum class Way {
  kConstant,  // data + offset field
  kVariable,  // (data + r) + offset field: still the data region
  kUnknown,   // a number that happens to be an address
  kEscaped,   // likewise, in a program whose frame's address is known to others
};
constexpr Way kWays[] = {Way::kConstant, Way::kVariable, Way::kUnknown, Way::kEscaped};

// r1 + offset, put together from a register part and a field part. Then the access; r0 = what a
// load gave. r4 = the value that is stored.
struct Prepared {
  Insns insns;
  uint32_t access = 0;
};
Prepared prepare(Op op, Way way, int64_t offset, int field) {
  Prepared out;
  Insns& insns = out.insns;
  insns = {lddw(4, 0x8182838485868788),
           lddw(5, static_cast<uint64_t>(offset) - static_cast<uint64_t>(int64_t{field}))};
  if (way == Way::kEscaped) insns.push_back(store(Op::kStxw, 10, -12, 10));
  if (way == Way::kUnknown || way == Way::kEscaped) insns.push_back(alu_imm(Op::kMul64Imm, 1, 1));
  if (way != Way::kConstant) insns.push_back(add_reg(1, 5));
  if (way == Way::kVariable) insns.insert(insns.end() - 1, alu_imm(Op::kXor64Imm, 5, 0));
  out.access = static_cast<uint32_t>(insns.size());
  switch (info(op).format) {
    case Format::kLoad: insns.push_back(load(op, 0, 1, field)); break;
    case Format::kStoreImm: insns.push_back(store_imm(op, 1, field, -123'456'789)); break;
    default: insns.push_back(store(op, 1, field, 4)); break;
  }
  insns.push_back(exit_());
  return out;
}

uint64_t stored_value(Op op) {
  return info(op).format == Format::kStoreImm ? static_cast<uint64_t>(int64_t{-123'456'789})
                                              : 0x8182838485868788;
}

void expect_access(Op op, Way way, GuardedBuffer& buffer, int64_t offset, int field) {
  SCOPED_TRACE(::testing::Message() << info(op).name << " way " << static_cast<int>(way) << " at "
                                    << offset << " field " << field);
  const int bytes = info(op).bits / 8;
  const Prepared prepared = prepare(op, way, offset, field);
  uint8_t* data = buffer.data();
  for (int i = 0; i < kSize; ++i) data[i] = static_cast<uint8_t>(0x70 + 5 * i);
  std::vector<uint8_t> want(data, data + kSize);
  const Outcome outcome = run(prepared.insns, data, kSize);
  if (offset < 0 || offset > kSize - bytes) {
    ASSERT_EQ(outcome, (Outcome{0, trap(TrapCode::kAccess, prepared.access), kDefaultBudget}));
  } else if (info(op).format == Format::kLoad) {
    uint64_t raw = 0;
    for (int i = bytes; i-- > 0;) raw = raw << 8 | data[offset + i];
    const Wide value = info(op).operation == Operation::kLoadSign ? as_signed(raw, info(op).bits)
                                                                  : static_cast<Wide>(raw);
    ASSERT_EQ(outcome, (Outcome{static_cast<uint64_t>(value), {}, kDefaultBudget}));
  } else {
    ASSERT_EQ(outcome, (Outcome{0, {}, kDefaultBudget}));
    for (int i = 0; i < bytes; ++i)
      want[offset + i] = static_cast<uint8_t>(stored_value(op) >> 8 * i);
  }
  ASSERT_EQ(std::vector<uint8_t>(data, data + kSize), want);
}

TEST(InterpMemory, TheWaysLeadToTheChecksTheyAreMeantFor) {
  for (Way way : kWays) {
    const Prepared prepared = prepare(Op::kLdxw, way, 4, 0);
    auto program = make(prepared.insns);
    ASSERT_TRUE(program);
    const auto verified = verify(std::move(*program), {});
    ASSERT_TRUE(verified);
    const AccessFact& access = verified->facts().insns[prepared.access].access;
    EXPECT_EQ(access.region,
              way == Way::kConstant || way == Way::kVariable ? Region::kData : Region::kNone);
    EXPECT_EQ(verified->facts().stack_escapes, way == Way::kEscaped);
  }
}

TEST(InterpMemory, EveryAccessAtEachEndOfTheData) {
  GuardedBuffer first(kSize, GuardedBuffer::Touching::kStart);
  GuardedBuffer last(kSize, GuardedBuffer::Touching::kEnd);
  ASSERT_TRUE(first.data() && last.data());
  for (Op op : accesses()) {
    for (Way way : kWays) {
      for (int64_t offset = -9; offset <= kSize + 1; ++offset) {
        expect_access(op, way, offset < kSize / 2 ? first : last, offset,
                      way == Way::kConstant ? static_cast<int>(offset) : 3);
      }
    }
  }
}

// Sums that wrap around 2^64, in the register, in the offset field and in the length of the access.
TEST(InterpMemory, AddressesThatWrap) {
  GuardedBuffer buffer(kSize, GuardedBuffer::Touching::kEnd);
  ASSERT_TRUE(buffer.data());
  const auto base = static_cast<int64_t>(reinterpret_cast<uint64_t>(buffer.data()));
  for (Op op : accesses()) {
    for (Way way : {Way::kVariable, Way::kUnknown, Way::kEscaped}) {
      for (int field : {-32768, -1, 0, 1, 32767}) {
        for (int64_t offset :
             {int64_t{0}, int64_t{8}, int64_t{-1}, kTop, -kTop, -kTop - 1, -base, -base - 1,
              -base - 8, int64_t{kSize}, int64_t{1} << 32, (int64_t{1} << 32) + 8}) {
          expect_access(op, way, buffer, offset, field);
        }
      }
    }
  }
}

TEST(InterpMemory, SmallAndEmptyData) {
  for (size_t size : {0u, 1u, 2u, 3u, 4u, 7u, 8u}) {
    GuardedBuffer buffer(8, GuardedBuffer::Touching::kEnd);
    ASSERT_TRUE(buffer.data());
    uint8_t* data = size == 0 ? nullptr : buffer.data() + 8 - size;
    for (Op op : accesses()) {
      for (Way way : kWays) {
        const Prepared prepared = prepare(op, way, 0, 0);
        EXPECT_EQ(run(prepared.insns, data, size).trap,
                  size * 8 >= info(op).bits ? Trap{} : trap(TrapCode::kAccess, prepared.access))
            << info(op).name << " " << size;
      }
    }
  }
}

TEST(InterpMemory, StartRegisters) {
  uint8_t data[5];
  EXPECT_EQ(run(Insns{copy(0, 1), exit_()}, data, 5).r0, reinterpret_cast<uint64_t>(data));
  EXPECT_EQ(run(Insns{copy(0, 2), exit_()}, data, 5).r0, 5u);
  for (int r : {0, 3, 4, 5, 6, 7, 8, 9}) {
    EXPECT_EQ(run(Insns{alu_imm(Op::kOr64Imm, r, 0), copy(0, r), exit_()}, data, 5).r0, 0u) << r;
  }
}

// ---- the own frame

enum class StackWay { kConstant, kVariable };

TEST(InterpStack, EveryAccessAtEachEndOfTheFrame) {
  for (Op op : accesses()) {
    const int bytes = info(op).bits / 8;
    for (StackWay way : {StackWay::kConstant, StackWay::kVariable}) {
      for (int offset :
           {-522, -521, -520, -519, -518, -517, -516, -515, -514, -513, -512, -511, -256,
            -9,   -8,   -7,   -6,   -5,   -4,   -3,   -2,   -1,   0,    1,    8}) {
        SCOPED_TRACE(::testing::Message() << info(op).name << " at " << offset);
        Insns insns = {lddw(4, 0x8182838485868788), copy(6, 10), load(Op::kLdxdw, 7, 1, 0)};
        if (way == StackWay::kVariable) insns.push_back(add_reg(6, 7));
        const auto at = static_cast<uint32_t>(insns.size());
        const int field = way == StackWay::kVariable ? 5 : offset;
        switch (info(op).format) {
          case Format::kLoad: insns.push_back(load(op, 0, 6, field)); break;
          case Format::kStoreImm: insns.push_back(store_imm(op, 6, field, -123'456'789)); break;
          default: insns.push_back(store(op, 6, field, 4)); break;
        }
        // What was stored, byte by byte.
        const bool inside = offset >= -512 && offset <= -bytes;
        if (inside && info(op).format != Format::kLoad) {
          for (int i = bytes; i-- > 0;) {
            insns.push_back(alu_imm(Op::kLsh64Imm, 0, 8));
            insns.push_back(load(Op::kLdxb, 3, 10, offset + i));
            insns.push_back(alu_reg(Op::kOr64Reg, 0, 3));
          }
        }
        insns.push_back(exit_());
        int64_t data = offset - 5;
        const Outcome outcome = run(insns, &data, sizeof(data));
        if (!inside) {
          ASSERT_EQ(outcome.trap, trap(TrapCode::kAccess, at));
          continue;
        }
        ASSERT_FALSE(outcome.trap) << outcome;
        const uint64_t want =
            info(op).format == Format::kLoad
                ? 0  // a fresh frame
                : static_cast<uint64_t>(as_unsigned(stored_value(op), info(op).bits));
        ASSERT_EQ(outcome.r0, want);
      }
    }
  }
}

TEST(InterpStack, AFrameIsZeroedAgainForEachRun) {
  // Adds up the whole frame, then fills it.
  Insns insns;
  for (int offset = -512; offset < 0; offset += 8) {
    insns.push_back(load(Op::kLdxdw, 3, 10, offset));
    insns.push_back(alu_reg(Op::kOr64Reg, 0, 3));
    insns.push_back(store_imm(Op::kStdw, 10, offset, -1));
  }
  insns.push_back(exit_());
  const auto code = build(insns);
  ASSERT_TRUE(code);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(*code, nullptr, 0).r0, 0u);
}

// ---- policy trusted: none of the checks

TEST(InterpTrusted, ChecksNothing) {
  CompileOptions options = conformance_options();
  options.policy = Policy::kTrusted;
  uint64_t words[4] = {1, 2, 3, 4};
  // The data is words[1] alone; its neighbours are reached all the same.
  const auto code = build({load(Op::kLdxdw, 0, 1, -8), load(Op::kLdxdw, 3, 1, 16), add_reg(0, 3),
                           alu_imm(Op::kMul64Imm, 1, 1), load(Op::kLdxdw, 3, 1, 8), add_reg(0, 3),
                           store(Op::kAtomicAdd64, 1, 8, 0), exit_()},
                          options);
  ASSERT_TRUE(code);
  EXPECT_EQ(run(*code, &words[1], 8), (Outcome{1 + 4 + 3, {}, kDefaultBudget}));
  EXPECT_EQ(words[2], 3u + 8u);
  // Budget and depth still hold.
  const auto loop = build({ja(0)}, options);
  ASSERT_TRUE(loop);
  EXPECT_EQ(run(*loop, nullptr, 0, 3).trap, trap(TrapCode::kBudget, 0));
  const auto recursion = build({call(0), exit_()}, options);
  ASSERT_TRUE(recursion);
  EXPECT_EQ(run(*recursion, nullptr, 0).trap, trap(TrapCode::kCallDepth, 0));
}

}  // namespace
}  // namespace weir::testing
