// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// docs/SEMANTICS.md as the simplest program that does what it says: one switch over instructions,
// nothing prepared, nothing fast. The interpreter has to agree with it. Unlike the interpreter it
// does not believe the facts: each one that an instruction comes by is held against what is there.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/interp/assemble.h"
#include "tests/unit/interp/oracle.h"

namespace weir::testing {

class Model {
 public:
  explicit Model(const VerifiedProgram& verified)
      : program_(verified.program()), facts_(verified.facts()), options_(verified.options()) {}

  // What the analysis claimed wrongly, or empty. The run ends there: it may be unsafe to go on.
  const std::string& false_fact() const { return false_fact_; }

  // Helper 5 is unwind().
  Outcome run(void* data, uint64_t size, uint64_t budget) {
    data_ = reinterpret_cast<uint64_t>(data);
    size_ = size;
    budget_ = budget;
    block_.assign(8 * 512, 0);
    trap_ = {};
    calls_.clear();
    regs_ = {};
    regs_[1] = data_;
    regs_[2] = size;
    regs_[10] = block() + 8 * 512;
    rounds_ = 8'388'608;
    at_ = 0;
    running_ = true;
    if (size > 2'147'483'647) end(TrapCode::kAccess);
    taken_.assign(program_.insns.size(), 0);
    while (running_) step();
    check_rounds();
    if (trap_) regs_[0] = 0;
    return {regs_[0], trap_, budget_};
  }

 private:
  struct Call {
    uint32_t from;
    std::array<uint64_t, 11> regs;
    uint64_t rounds;
  };

  uint64_t block() { return reinterpret_cast<uint64_t>(block_.data()); }
  void end(TrapCode code) {
    trap_ = {code, at_};
    running_ = false;
  }

  void deny(std::string what) {
    false_fact_ = "instruction " + std::to_string(at_) + ": " + what;
    running_ = false;
  }

  // Dead registers have no facts, so kUninit says nothing.
  void check_facts() {
    const InsnFacts& facts = facts_.insns[at_];
    if (!facts.reached) return deny("is not reached, but run");
    for (int r = 0; r < kRegisters; ++r) {
      const RegFact& fact = facts.before[static_cast<size_t>(r)];
      const uint64_t value = regs_[static_cast<size_t>(r)];
      const auto claimed = static_cast<uint64_t>(fact.value);
      const bool scalar = fact.kind == RegFact::Kind::kScalar;
      const bool data = fact.is_pointer_to(Region::kData),
                 stack = fact.is_pointer_to(Region::kStack);
      const uint64_t base = data ? data_ : stack ? regs_[10] : 0;
      if (scalar && fact.fits32 && value > UINT32_MAX) {
        return deny("r" + std::to_string(r) + " does not fit 32 bits");
      }
      if (fact.known && (scalar || data || stack) && value != base + claimed) {
        return deny("r" + std::to_string(r) + " is " + std::to_string(value - base) + ", not " +
                    std::to_string(claimed));
      }
    }
  }

  static bool within(uint64_t address, uint64_t n, uint64_t base, uint64_t size) {
    return static_cast<Wide>(address) >= static_cast<Wide>(base) &&
           static_cast<Wide>(address) + static_cast<Wide>(n) <=
               static_cast<Wide>(base) + static_cast<Wide>(size);
  }

  // Ends the run and gives false if the access may not be made.
  bool check(uint64_t address, unsigned bits, bool aligned) {
    const AccessFact& access = facts_.insns[at_].access;
    const uint64_t n = bits / 8;
    if (access.proven) {
      const bool safe = within(address, n, data_, size_) ||
                        within(address, n, regs_[10] - 512, 512) ||
                        (access.region == Region::kFrames &&
                         within(address, n, regs_[10], block() + 4096 - regs_[10]));
      return safe && (!aligned || address % n == 0)
                 ? true
                 : (deny("access is proven, but not safe"), false);
    }
    if (options_.policy == Policy::kTrusted) return true;
    bool inside = false;
    switch (access.region) {
      case Region::kData: inside = within(address, n, data_, size_); break;
      case Region::kStack: inside = within(address, n, regs_[10] - 512, 512); break;
      case Region::kContext: break;
      case Region::kMeta:
      case Region::kMap:
      case Region::kMapValue:
      case Region::kSocket:
      case Region::kNone:
      case Region::kFrames:
        inside =
            within(address, n, data_, size_) ||
            (facts_.stack_escapes &&
             within(address, n, block() + (8 - facts_.max_frames) * 512, facts_.max_frames * 512));
        break;
    }
    if (!inside) return end(TrapCode::kAccess), false;
    if (aligned && address % n != 0) return end(TrapCode::kAlignment), false;
    return true;
  }

  static uint64_t read(uint64_t address, unsigned bits) {
    uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const void*>(address), bits / 8);
    return value;
  }
  static void write(uint64_t address, unsigned bits, uint64_t value) {
    std::memcpy(reinterpret_cast<void*>(address), &value, bits / 8);
  }

  // Every jump and call was taken as often as the facts allow, or less.
  void check_rounds() {
    uint64_t free = 0;
    for (const LoopFact& loop : facts_.loops) {
      at_ = loop.insn;
      if (loop.bounded && taken_[at_] > loop.rounds + loop.rounds_per_byte * size_) {
        deny("taken " + std::to_string(taken_[at_]) + " times");
      }
      if (facts_.insns[at_].no_budget) free += taken_[at_];
      if (facts_.insns[at_].no_budget && !loop.bounded) deny("is free, but not bounded");
    }
    if (free > kDefaultBudget + kMaxRoundsPerByte * size_) deny("too much is free");
  }

  // Takes one from the budget, or ends the run.
  bool pay() {
    ++taken_[at_];
    if (facts_.insns[at_].no_budget) return true;
    if (budget_ == 0) return end(TrapCode::kBudget), false;
    --budget_;
    return true;
  }

  void jump(uint32_t target) {
    if (target <= at_ && !pay()) return;
    at_ = target;
  }

  void call_function(uint32_t function) {
    if (!pay()) return;
    if (calls_.size() == 7) return end(TrapCode::kCallDepth);
    calls_.push_back({at_, regs_, rounds_});
    for (int r : {0, 6, 7, 8, 9}) regs_[r] = 0;
    regs_[10] -= 512;
    std::memset(reinterpret_cast<void*>(regs_[10] - 512), 0, 512);
    rounds_ = 8'388'608;
    at_ = program_.subprograms[function].first;
  }

  void call_helper(uint64_t number) {
    const HelperInfo* helper = find_helper(options_.helpers, number);
    if (!helper) return end(TrapCode::kUnknownHelper);
    regs_[0] = regs_[1];
    if (helper->effect == HelperEffect::kUnwinds && regs_[0] == 0) {
      running_ = false;
      return;
    }
    for (int r = 1; r <= 5; ++r) regs_[r] = 0;
    ++at_;
  }

  void step() {
    check_facts();
    if (!running_) return;
    const Instruction& insn = program_.insns[at_];
    const OpInfo& op = insn.info();
    uint64_t& dst = regs_[insn.dst];
    uint64_t& src = regs_[insn.src];
    const auto imm = static_cast<uint64_t>(insn.imm);
    const uint64_t from_dst = dst + static_cast<uint64_t>(int64_t{insn.offset});
    const uint64_t from_src = src + static_cast<uint64_t>(int64_t{insn.offset});
    switch (op.format) {
      case Format::kAluImm: dst = oracle_alu(op, dst, imm); break;
      case Format::kAluReg: dst = oracle_alu(op, dst, src); break;
      case Format::kAluUnary: dst = oracle_alu(op, dst, 0); break;
      case Format::kLoad:
        if (!check(from_src, op.bits, false)) return;
        dst = read(from_src, op.bits);
        if (op.operation == Operation::kLoadSign)
          dst = static_cast<uint64_t>(as_signed(dst, op.bits));
        break;
      case Format::kStoreImm:
        if (!check(from_dst, op.bits, false)) return;
        write(from_dst, op.bits, imm);
        break;
      case Format::kStoreReg:
        if (!check(from_dst, op.bits, false)) return;
        write(from_dst, op.bits, src);
        break;
      case Format::kLoadAcquire:
        if (!check(from_src, op.bits, true)) return;
        dst = read(from_src, op.bits);
        break;
      case Format::kStoreRelease:
        if (!check(from_dst, op.bits, true)) return;
        write(from_dst, op.bits, src);
        break;
      case Format::kAtomic: {
        if (!check(from_dst, op.bits, true)) return;
        const uint64_t old = read(from_dst, op.bits);
        write(from_dst, op.bits, oracle_atomic(op, old, src, regs_[0]));
        if (op.operation == Operation::kAtomicCmpxchg) {
          regs_[0] = old;
        } else if (is_fetch(op.operation)) {
          src = old;
        }
        break;
      }
      case Format::kJump:
        if (op.operation == Operation::kMayGoto && rounds_ != 0 && budget_ != 0) {
          --rounds_;
          break;
        }
        return jump(insn.target);
      case Format::kJumpLong: return jump(insn.target);
      case Format::kJumpImm:
        if (!oracle_jump(op, dst, imm)) break;
        return jump(insn.target);
      case Format::kJumpReg:
        if (!oracle_jump(op, dst, src)) break;
        return jump(insn.target);
      case Format::kCall: return call_helper(imm);
      case Format::kCallTarget: return call_function(insn.target);
      case Format::kCallReg:
        for (const Instruction& other : program_.insns) {
          if (other.op == Op::kLddwFunc && dst == (kFunctionToken | other.target)) {
            return call_function(other.target);
          }
        }
        if (dst < 256) return call_helper(dst);
        return end(TrapCode::kBadFunction);
      case Format::kExit: {
        if (calls_.empty()) {
          running_ = false;
          return;
        }
        const Call& call = calls_.back();
        for (int r = 1; r <= 5; ++r) regs_[r] = 0;
        for (int r = 6; r <= 10; ++r) regs_[r] = call.regs[r];
        rounds_ = call.rounds;
        at_ = call.from;
        calls_.pop_back();
        break;
      }
      case Format::kLoadImm64:
        dst = insn.op == Op::kLddwFunc ? kFunctionToken | insn.target : imm;
        break;
      case Format::kCallKfunc:
      case Format::kPacketAbs:
      case Format::kPacketInd: return end(TrapCode::kUnsupported);
    }
    ++at_;
  }

  const Program& program_;
  const Facts& facts_;
  const CompileOptions& options_;
  uint64_t data_ = 0, size_ = 0, budget_ = 0, rounds_ = 0;
  std::vector<uint8_t> block_;
  std::vector<Call> calls_;
  std::array<uint64_t, 11> regs_{};
  uint32_t at_ = 0;
  bool running_ = false;
  std::vector<uint64_t> taken_;  // by backward jump or call
  Trap trap_;
  std::string false_fact_;
};

}  // namespace weir::testing
