// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/relevance.h"

#include <algorithm>

#include "frontend/isa/cfg.h"

namespace weir {

namespace {

constexpr RegMask bit(unsigned r) {
  return static_cast<RegMask>(1u << r);
}
constexpr RegMask kArguments = 0b111110;

class Backward {
 public:
  Backward(const Program& program, const Cfg& cfg, HelperSet helpers,
           std::span<const InsnFacts> seen)
      : program_(program),
        cfg_(cfg),
        helpers_(helpers),
        seen_(seen),
        arguments_(program.subprograms.size(), 0),
        in_(cfg.blocks.size()) {}

  std::vector<Relevant> run() {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t b = cfg_.blocks.size(); b-- > 0;) {
        const Block& block = cfg_.blocks[b];
        Relevant now;
        for (int s = 0; s < block.successor_count; ++s) {
          now.regs |= in_[block.successors[s]].regs;
          now.bytes |= in_[block.successors[s]].bytes;
        }
        for (uint32_t i = block.first + block.count; i-- > block.first;) step(i, now);
        if (now == in_[b]) continue;
        in_[b] = now;
        changed = true;
      }
      for (size_t f = 0; f < program_.subprograms.size(); ++f) {
        const RegMask needed = in_[cfg_.entry_block[f]].regs & kArguments;
        changed |= needed != arguments_[f];
        arguments_[f] = needed;
      }
    }
    return std::move(in_);
  }

 private:
  // The bytes of the frame that an access covers; all, if it may be any of them.
  std::bitset<kFrameBytes> bytes_of(uint32_t i, unsigned base) const {
    const Instruction& insn = program_.insns[i];
    const int64_t size = insn.info().bits / 8;
    std::bitset<kFrameBytes> bytes;
    auto cover = [&](int64_t low) {
      for (int64_t at = std::max<int64_t>(low, -int64_t{kFrameBytes}); at < low + size && at < 0;
           ++at)
        bytes.set(static_cast<size_t>(at + kFrameBytes));
    };
    if (base == kFrameReg) {
      cover(insn.offset);
      return bytes;
    }
    if (i >= seen_.size() || !seen_[i].reached) return bytes;
    const AccessFact& access = seen_[i].access;
    if (access.region != Region::kStack) return bytes;
    if (!access.fixed) return bytes.set();
    cover(access.offset);
    return bytes;
  }

  void step(uint32_t i, Relevant& now) const {
    const Instruction& insn = program_.insns[i];
    const RegMask dst = bit(insn.dst), src = bit(insn.src);
    const Format format = insn.info().format;
    const bool wanted = (now.regs & dst) != 0;
    auto clear = [&](RegMask mask) { now.regs = static_cast<RegMask>(now.regs & ~mask); };
    switch (format) {
      case Format::kAluImm:
        if (insn.info().operation == Operation::kMov) clear(dst);
        return;
      case Format::kAluReg: {
        const Operation op = insn.info().operation;
        if (!wanted) return;
        if (op == Operation::kMov || op == Operation::kMovsx64 || op == Operation::kMovsx32)
          clear(dst);
        now.regs |= src;
        return;
      }
      case Format::kAluUnary: return;
      case Format::kLoad:
      case Format::kLoadAcquire:
        clear(dst);
        now.regs |= src;
        if (wanted) now.bytes |= bytes_of(i, insn.src);
        return;
      case Format::kStoreImm:
      case Format::kStoreReg:
      case Format::kStoreRelease: {
        const auto bytes = bytes_of(i, insn.dst);
        const bool stays = format != Format::kStoreImm && (now.bytes & bytes).any();
        if (insn.dst == kFrameReg) now.bytes &= ~bytes;
        now.regs |= dst;
        if (stays) now.regs |= src;
        return;
      }
      case Format::kAtomic: now.regs |= dst; return;
      case Format::kJumpImm: now.regs |= dst; return;
      case Format::kJumpReg: now.regs |= static_cast<RegMask>(dst | src); return;
      case Format::kJump:
      case Format::kJumpLong: return;
      case Format::kCall: {
        const HelperInfo* helper = find_helper(helpers_, static_cast<uint64_t>(insn.imm));
        clear(0b111111);
        if (!helper) return;
        for (unsigned a = 0; a < helper->argument_count; ++a) {
          if (helper->arguments[a] != HelperArgument::kAnything) now.regs |= bit(a + 1);
        }
        return;
      }
      case Format::kCallTarget:
        clear(0b111111);
        now.regs |= insn.target < arguments_.size() ? arguments_[insn.target] : kArguments;
        return;
      case Format::kCallKfunc:
      case Format::kCallReg:
        clear(0b111111);
        now.regs |= kArguments | dst;
        return;
      case Format::kExit: now.regs |= bit(0); return;
      case Format::kLoadImm64: clear(dst); return;
      case Format::kPacketAbs:
      case Format::kPacketInd:
        clear(0b111111);
        now.regs |= static_cast<RegMask>(bit(6) | (format == Format::kPacketInd ? src : 0));
        return;
    }
  }

  const Program& program_;
  const Cfg& cfg_;
  HelperSet helpers_;
  std::span<const InsnFacts> seen_;
  std::vector<RegMask> arguments_;  // of each function
  std::vector<Relevant> in_;
};

}  // namespace

std::vector<Relevant> find_relevant(const Program& program, const Cfg& cfg, HelperSet helpers,
                                    std::span<const InsnFacts> seen) {
  return Backward(program, cfg, helpers, seen).run();
}

void forget_irrelevant(AbstractState& state, const Relevant& relevant) {
  for (unsigned r = 0; r < kFrameReg; ++r) {
    Value& v = state.top().regs[r];
    if (v.is_scalar() && (relevant.regs >> r & 1) == 0) v = Value::scalar(ScalarRange::any());
  }
  state.top().slots.remove_if([&](const auto& entry) {
    return entry.second.value.is_scalar() && !relevant.slot(entry.first, entry.second.size);
  });
  forget_length(state);
}

}  // namespace weir
