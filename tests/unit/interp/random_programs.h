// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random programs of every instruction that the analysis lets through, and the run that holds the
// interpreter against the model on them.
#pragma once

#include <array>
#include <random>
#include <sstream>

#include "tests/unit/interp/assemble.h"
#include "tests/unit/interp/guarded_buffer.h"
#include "tests/unit/interp/model.h"

namespace weir::testing {

class RandomPrograms {
 public:
  // With `addresses_matter` off, r10 is only ever the base of an access, so that no result depends
  // on where the frames lie, and two engines can be compared.
  RandomPrograms(uint64_t seed, bool addresses_matter)
      : random_(seed), addresses_matter_(addresses_matter) {
    for (size_t i = 0; i < kOpCount; ++i) {
      const Operation operation = kOpTable[i].operation;
      switch (operation) {
        case Operation::kLoadMap:
        case Operation::kLoadMapValue:
        case Operation::kLoadVarAddr:
        case Operation::kLoadMapIdx:
        case Operation::kLoadMapIdxValue:
        case Operation::kCallKfunc:
        case Operation::kPacketLoad: break;
        default: ops_.push_back(static_cast<Op>(i));
      }
    }
  }

  Insns next() {
    const uint32_t functions = 1 + below(3);
    Insns insns;
    std::vector<uint32_t> firsts;
    for (uint32_t f = 0; f < functions; ++f) {
      firsts.push_back(static_cast<uint32_t>(insns.size()));
      const uint32_t first = firsts.back();
      // Something to work with: r1 of the entry is the data, and calls would lose it.
      if (f == 0 || below(2) == 0) insns.push_back(copy(6, 1));
      const uint32_t count = 2 + below(30);
      for (uint32_t i = 0; i < count; ++i) insns.push_back(instruction());
      insns.push_back(exit_());
      for (uint32_t i = first; i < insns.size(); ++i) {
        if (is_jump(insns[i]))
          insns[i].target = first + below(static_cast<uint32_t>(insns.size()) - first);
      }
      if (below(2) == 0) add_loop(insns, first);
      if (below(4) == 0) add_linked_check(insns, first);
    }
    // Every function but the entry is called somewhere, or it would be part of the one before it.
    for (uint32_t f = 1; f < functions; ++f) insns[firsts[f - 1] + below(2)] = call(f);
    // Until here, targets of calls are numbers of functions.
    for (Instruction& insn : insns) {
      if (insn.op != Op::kCallLocal && insn.op != Op::kLddwFunc) continue;
      insn.target = firsts[insn.target % functions];
    }
    return insns;
  }

 private:
  // Makes a loop with a counter of what lies between two instructions; much may spoil it.
  void add_loop(Insns& insns, uint32_t first) {
    const uint32_t count = static_cast<uint32_t>(insns.size()) - first;
    if (count < 6) return;
    const uint32_t from = first + 1 + below(count - 5);
    const uint32_t to = from + 2 + below(static_cast<uint32_t>(insns.size()) - from - 4);
    const int counter = below(3) == 0 ? 3 : 7 + static_cast<int>(below(3));
    const int32_t step = static_cast<int32_t>(below(7)) - 2;
    static constexpr Op kEnds[] = {Op::kJlt64Imm, Op::kJne64Imm,  Op::kJsgt64Imm, Op::kJslt64Imm,
                                   Op::kJlt32Imm, Op::kJsle32Imm, Op::kJle64Imm,  Op::kJge64Imm};
    insns[from] = below(4) == 0 ? load(Op::kLdxb, counter, 10, -8) : mov(counter, immediate());
    insns[to] = below(3) == 0 ? alu_imm(Op::kAdd32Imm, counter, step) : add(counter, step);
    insns[to + 1] = below(8) == 0 ? jump_reg(Op::kJlt64Reg, counter, 2, from + 1)
                                  : jump_imm(kEnds[below(8)], counter, immediate(), from + 1);
  }

  // A number is checked by way of another that is a constant apart, and then used.
  void add_linked_check(Insns& insns, uint32_t first) {
    constexpr uint32_t kLength = 7;
    const uint32_t count = static_cast<uint32_t>(insns.size()) - first;
    if (count < kLength + 2) return;
    uint32_t at = first + 1 + below(count - kLength - 1);
    const uint32_t end = at + kLength;
    const bool narrow = below(2) == 0;
    if (below(2) == 0) insns[at] = load(Op::kLdxb, 7, 10, -1);
    insns[at + 1] = alu_reg(narrow ? Op::kMov32Reg : Op::kMov64Reg, 4, 7);
    insns[at + 2] = alu_imm(narrow ? Op::kAdd32Imm : Op::kAdd64Imm, 4, immediate());
    insns[at + 3] = jump_imm(narrow ? Op::kJgt32Imm : Op::kJgt64Imm, 4, immediate(), end);
    // Where a frame lies may not decide anything if two engines are compared.
    insns[at + 4] = copy(5, addresses_matter_ && below(2) == 0 ? 10 : 6);
    insns[at + 5] = alu_reg(Op::kAdd64Reg, 5, 7);
    insns[at + 6] = load(Op::kLdxb, 0, 5, -static_cast<int>(below(100)));
  }

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  int reg() { return static_cast<int>(below(10)); }
  // Bases of accesses are mostly pointers.
  int base() {
    static constexpr int kLikely[] = {1, 1, 6, 6, 6, 10, 10, 10, 10};
    return below(8) == 0 ? reg() : kLikely[below(9)];
  }
  int source() { return addresses_matter_ && below(8) == 0 ? 10 : reg(); }
  int32_t immediate() {
    switch (below(4)) {
      case 0: return static_cast<int32_t>(random_());
      case 1: return static_cast<int32_t>(below(5)) - 2;
      default: return static_cast<int32_t>(below(96)) - 16;
    }
  }
  Instruction instruction() {
    Instruction insn = {.op = ops_[below(static_cast<uint32_t>(ops_.size()))]};
    // Copies before arithmetic are what gets fused.
    if (below(8) == 0) insn.op = below(3) == 0 ? Op::kMov32Reg : Op::kMov64Reg;
    const OpInfo& op = insn.info();
    insn.dst = static_cast<uint8_t>(below(3) == 0 ? 3 : reg());
    insn.src = static_cast<uint8_t>(source());
    insn.imm = immediate();
    const int size = op.bits / 8;
    switch (op.format) {
      case Format::kLoad:
      case Format::kLoadAcquire:
        insn.src = static_cast<uint8_t>(base());
        insn.offset = offset(insn.src, size);
        break;
      case Format::kStoreImm:
      case Format::kStoreReg:
      case Format::kStoreRelease:
      case Format::kAtomic:
        insn.dst = static_cast<uint8_t>(base());
        insn.offset = offset(insn.dst, size);
        if (is_fetch(op.operation) && insn.src == 10) insn.src = 0;
        break;
      case Format::kJumpImm: insn.dst = static_cast<uint8_t>(source()); break;
      case Format::kCall: insn.imm = below(4) == 0 ? immediate() : 5; break;
      case Format::kCallTarget:
      case Format::kLoadImm64:
        insn.target = below(4);
        if (insn.op == Op::kLddw) {
          insn.imm = below(3) == 0 ? static_cast<int64_t>(kFunctionToken | below(3))
                                   : static_cast<int64_t>(random_());
        }
        break;
      case Format::kCallReg:
        if (below(4) == 0) return mov(insn.dst, 5);
        break;
      case Format::kExit:
        if (below(4) != 0) return add(insn.dst, 1);
        break;
      default: break;
    }
    // Fields that the format does not have are zero.
    Instruction clean = {.op = insn.op, .target = insn.target};
    RawInsn raw[2];
    encode_one(insn, raw);
    for (int drop = 0; drop < 16; ++drop) {
      // Drops fields until the decoder is content: the fewest first.
      Instruction attempt = insn;
      if (drop & 1) attempt.imm = 0;
      if (drop & 2) attempt.src = 0;
      if (drop & 4) attempt.offset = 0;
      if (drop & 8) attempt.dst = 0;
      const int slots = encode_one(attempt, raw);
      if (auto decoded = decode_one(std::span(raw, static_cast<size_t>(slots)), 0)) {
        clean = *decoded;
        clean.target = insn.target;
        break;
      }
    }
    return clean;
  }

  int16_t offset(int reg, int size) {
    if (reg == 10) {
      const uint32_t kind = below(24);
      if (kind == 0) return static_cast<int16_t>(below(40)) - 20;
      if (kind == 1) return static_cast<int16_t>(-530 + static_cast<int>(below(40)));
      return static_cast<int16_t>(-8 * (1 + static_cast<int>(below(6))) +
                                  (below(3) == 0 ? static_cast<int>(below(4)) : 0));
    }
    if (below(24) == 0) return static_cast<int16_t>(random_());
    return static_cast<int16_t>(below(8) * static_cast<uint32_t>(size));
  }

  std::mt19937_64 random_;
  bool addresses_matter_;
  std::vector<Op> ops_;
};

struct RandomStatistics {
  int programs = 0;
  int accesses = 0;
  int proven = 0;
  int escapes = 0;
  std::array<int, 8> ends{};  // by trap code
};

inline std::string listing(const Insns& insns) {
  std::ostringstream out;
  for (size_t i = 0; i < insns.size(); ++i) {
    const Instruction& insn = insns[i];
    out << i << ": " << insn.info().name << " dst " << +insn.dst << " src " << +insn.src
        << " offset " << insn.offset << " imm " << insn.imm << " target " << insn.target << "\n";
  }
  return out.str();
}

// Runs `count` programs with a small budget, on the model first, which tells false facts before
// they do harm. With `compare`, both must agree; without, addresses of frames may decide what
// happens.
inline RandomStatistics run_random_programs(uint64_t seed, int count, bool compare) {
  RandomStatistics statistics;
  RandomPrograms source(seed, !compare);
  std::mt19937_64 random(seed + 1);
  constexpr size_t kSize = 64;
  GuardedBuffer first(kSize, GuardedBuffer::Touching::kStart);
  GuardedBuffer last(kSize, GuardedBuffer::Touching::kEnd);
  if (!first.data() || !last.data()) {
    ADD_FAILURE() << "no memory";
    return statistics;
  }
  for (int i = 0; i < count; ++i) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " program " << i);
    const Insns insns = source.next();
    auto program = make(insns);
    if (!program) {
      ADD_FAILURE() << program.error().to_string();
      continue;
    }
    auto verified = verify(std::move(*program), conformance_options());
    if (!verified) {
      ADD_FAILURE() << verified.error().to_string();
      continue;
    }
    ++statistics.programs;
    statistics.accesses += static_cast<int>(verified->facts().accesses);
    statistics.proven += static_cast<int>(verified->facts().proven);
    statistics.escapes += verified->facts().stack_escapes;
    auto code = InterpCode::make(*verified);
    if (!code) {
      ADD_FAILURE() << code.error().to_string();
      continue;
    }
    for (int round = 0; round < 2; ++round) {
      GuardedBuffer& buffer = round == 0 ? first : last;
      uint8_t before[kSize];
      for (uint8_t& byte : before) byte = static_cast<uint8_t>(random());
      const uint64_t budget = random() % 64;
      std::memcpy(buffer.data(), before, kSize);
      Model model(*verified);
      const Outcome want = model.run(buffer.data(), kSize, budget);
      uint8_t after[kSize];
      std::memcpy(after, buffer.data(), kSize);
      EXPECT_EQ(model.false_fact(), "");
      if (model.false_fact().empty()) {
        std::memcpy(buffer.data(), before, kSize);
        const Outcome got = run(**code, buffer.data(), kSize, budget);
        ++statistics.ends[static_cast<size_t>(got.trap.code)];
        if (compare) {
          EXPECT_EQ(got, want);
          EXPECT_EQ(std::memcmp(after, buffer.data(), kSize), 0);
        }
      }
      if (::testing::Test::HasFailure()) {
        ADD_FAILURE() << "budget " << budget << "\n" << listing(insns);
        return statistics;
      }
    }
  }
  return statistics;
}

}  // namespace weir::testing
