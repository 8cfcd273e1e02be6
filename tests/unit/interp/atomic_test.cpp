// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Atomics, load-acquire and store-release: values, what is fetched, checks and alignment, and that
// they are atomic between threads.
#include <cstring>
#include <random>
#include <thread>

#include "tests/unit/interp/assemble.h"
#include "tests/unit/interp/guarded_buffer.h"
#include "tests/unit/interp/oracle.h"

namespace weir::testing {
namespace {

struct Data {
  uint64_t memory, operand, r0, fetched, r0_after;
};

// memory op= operand, on the data or on a copy of it in the frame.
Insns atomic_program(Op op, bool on_stack) {
  Insns insns = {copy(6, 1), load(Op::kLdxdw, 3, 6, 8), load(Op::kLdxdw, 0, 6, 16)};
  if (on_stack) {
    insns.push_back(load(Op::kLdxdw, 4, 6, 0));
    insns.push_back(store(Op::kStxdw, 10, -16, 4));
    insns.push_back(store(op, 10, -16, 3));
    insns.push_back(load(Op::kLdxdw, 4, 10, -16));
    insns.push_back(store(Op::kStxdw, 6, 0, 4));
  } else {
    insns.push_back(store(op, 6, 0, 3));
  }
  insns.push_back(store(Op::kStxdw, 6, 24, 3));
  insns.push_back(store(Op::kStxdw, 6, 32, 0));
  insns.push_back(exit_());
  return insns;
}

TEST(InterpAtomic, EachGivesWhatTheOracleGives) {
  std::mt19937_64 random(1);
  for (Op op : ops_with(Format::kAtomic)) {
    SCOPED_TRACE(info(op).name);
    for (bool on_stack : {false, true}) {
      const auto code = build(atomic_program(op, on_stack));
      ASSERT_TRUE(code);
      for (int i = 0; i < 200; ++i) {
        Data data = {random(), random(), random(), 0, 0};
        // Every other time cmpxchg finds what it expects, at 32 bits with other high halves.
        if (i % 2 == 0)
          data.r0 = info(op).bits == 64 ? data.memory : (data.memory & UINT32_MAX) | random() << 32;
        const uint64_t mask = info(op).bits == 64 ? UINT64_MAX : UINT32_MAX;
        const uint64_t old = data.memory & mask;
        const bool cmpxchg = info(op).operation == Operation::kAtomicCmpxchg;
        const Data want = {
            (data.memory & ~mask) | oracle_atomic(info(op), old, data.operand, data.r0),
            data.operand, data.r0, is_fetch(info(op).operation) && !cmpxchg ? old : data.operand,
            cmpxchg ? old : data.r0};
        ASSERT_FALSE(run(*code, &data, sizeof(data)).trap);
        ASSERT_EQ(std::memcmp(&data, &want, sizeof(data)), 0)
            << std::hex << data.memory << " " << data.fetched << " " << data.r0_after;
      }
    }
  }
}

TEST(InterpAtomic, AddressAndOperandMayBeOneRegister) {
  uint64_t data = 100;
  const auto base = reinterpret_cast<uint64_t>(&data);
  EXPECT_EQ(run(Insns{store(Op::kAtomicFetchAdd64, 1, 0, 1), copy(0, 1), exit_()}, &data, 8).r0,
            100u);
  EXPECT_EQ(data, base + 100);
  EXPECT_EQ(run(Insns{store(Op::kAtomicXchg64, 1, 0, 1), copy(0, 1), exit_()}, &data, 8).r0,
            base + 100);
  EXPECT_EQ(data, base);
  EXPECT_EQ(run(Insns{copy(0, 1), store(Op::kAtomicCmpxchg64, 0, 0, 2), exit_()}, &data, 8).r0,
            base);
  EXPECT_EQ(data, 8u);
}

TEST(InterpAtomic, AcquireAndReleaseMoveTheirSize) {
  for (Op op : ops_with(Format::kLoadAcquire, Format::kStoreRelease)) {
    SCOPED_TRACE(info(op).name);
    const bool is_load = info(op).format == Format::kLoadAcquire;
    const Insns insns = {load(Op::kLdxdw, 3, 1, 0),
                         is_load ? load(op, 0, 1, 8) : store(op, 1, 8, 3), exit_()};
    uint64_t data[2] = {0x1122334455667788, 0x99aabbccddeeff00};
    const uint64_t mask = static_cast<uint64_t>((Wide{1} << info(op).bits) - 1);
    const Outcome outcome = run(insns, data, sizeof(data));
    EXPECT_FALSE(outcome.trap);
    EXPECT_EQ(outcome.r0, is_load ? 0x99aabbccddeeff00 & mask : 0);
    EXPECT_EQ(data[1],
              is_load ? 0x99aabbccddeeff00 : (0x99aabbccddeeff00 & ~mask) | (data[0] & mask));
  }
}

enum class Base { kData, kUnknown, kEscaped, kOwnFrame, kEscapedFrame };

// Bounds first, then alignment; r7 = the offset.
TEST(InterpAtomic, BoundsThenAlignment) {
  GuardedBuffer buffer(24, GuardedBuffer::Touching::kEnd);
  ASSERT_TRUE(buffer.data());
  ASSERT_EQ(reinterpret_cast<uint64_t>(buffer.data()) % 8, 0u);
  for (Op op : ops_with(Format::kAtomic, Format::kLoadAcquire, Format::kStoreRelease)) {
    for (Base base :
         {Base::kData, Base::kUnknown, Base::kEscaped, Base::kOwnFrame, Base::kEscapedFrame}) {
      for (bool variable : {false, true}) {
        for (int offset = -10; offset <= 26; ++offset) {
          SCOPED_TRACE(::testing::Message() << info(op).name << " base " << static_cast<int>(base)
                                            << " at " << offset << (variable ? " variable" : ""));
          const bool stack = base == Base::kOwnFrame || base == Base::kEscapedFrame;
          // Frames have 24 bytes to look at too: r10-512 .. r10-488.
          const int start = stack ? -512 : 0;
          Insns insns = {load(Op::kLdxdw, 7, 1, 0), copy(6, stack ? 10 : 1)};
          if (base == Base::kEscaped || base == Base::kEscapedFrame) {
            insns.push_back(store(Op::kStxw, 10, -12, 10));
          }
          if (base == Base::kUnknown || base == Base::kEscaped)
            insns.push_back(alu_imm(Op::kMul64Imm, 6, 1));
          if (variable) insns.push_back(add_reg(6, 7));
          const int field = start + (variable ? 0 : offset);
          const auto at = static_cast<uint32_t>(insns.size());
          insns.push_back(info(op).format == Format::kLoadAcquire ? load(op, 0, 6, field)
                                                                  : store(op, 6, field, 3));
          insns.push_back(exit_());
          const auto value = static_cast<int64_t>(offset);
          std::memcpy(buffer.data(), &value, sizeof(value));
          const Outcome outcome = run(insns, buffer.data(), 24);
          const int bytes = info(op).bits / 8;
          const bool inside = offset >= 0 && (stack || offset + bytes <= 24);
          const Trap want = !inside               ? trap(TrapCode::kAccess, at)
                            : offset % bytes != 0 ? trap(TrapCode::kAlignment, at)
                                                  : Trap{};
          ASSERT_EQ(outcome.trap.code, want.code) << outcome;
          ASSERT_EQ(outcome.trap.insn, want.insn);
        }
      }
    }
  }
}

TEST(InterpAtomic, ThreadsLoseNoUpdate) {
  constexpr uint64_t kRounds = 20'000;
  // r6 rounds of: counter[0] += 1 (plain), counter[1] += 1 (fetch), counter[2] += 1 (cmpxchg loop).
  const Insns insns = {mov(6, kRounds),
                       mov(7, 1),
                       mov(8, 1),
                       /* 3 */ store(Op::kAtomicAdd64, 1, 0, 7),
                       mov(8, 1),
                       store(Op::kAtomicFetchAdd32, 1, 8, 8),
                       /* 6 */ load(Op::kLoadAcq64, 0, 1, 16),
                       copy(3, 0),
                       copy(4, 0),
                       add(4, 1),
                       store(Op::kAtomicCmpxchg64, 1, 16, 4),
                       jump_reg(Op::kJne64Reg, 0, 3, 6),
                       add(6, -1),
                       jump_imm(Op::kJne64Imm, 6, 0, 3),
                       exit_()};
  const auto code = build(insns);
  ASSERT_TRUE(code);
  uint64_t counters[3] = {};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back(
        [&] { EXPECT_FALSE(run(*code, counters, sizeof(counters), UINT64_MAX).trap); });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t counter : counters) EXPECT_EQ(counter, 3 * kRounds);
}

}  // namespace
}  // namespace weir::testing
