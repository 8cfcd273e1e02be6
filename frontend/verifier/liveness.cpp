// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/liveness.h"

namespace weir {

namespace {
constexpr RegMask kArguments = 0b111110;    // r1..r5
constexpr RegMask kCallerSaved = 0b111111;  // r0..r5
RegMask bit(unsigned r) {
  return static_cast<RegMask>(1u << r);
}
}  // namespace

Effect register_effect(const Instruction& insn, const std::vector<RegMask>& arguments,
                       HelperSet helpers) {
  const OpInfo& op = insn.info();
  const RegMask dst = bit(insn.dst), src = bit(insn.src);
  switch (op.format) {
    case Format::kAluImm: return {op.operation == Operation::kMov ? RegMask{0} : dst, dst};
    case Format::kAluReg: {
      const bool copy = op.operation == Operation::kMov || op.operation == Operation::kMovsx64 ||
                        op.operation == Operation::kMovsx32;
      return {copy ? src : static_cast<RegMask>(dst | src), dst};
    }
    case Format::kAluUnary: return {dst, dst};
    case Format::kLoad:
    case Format::kLoadAcquire: return {src, dst};
    case Format::kStoreImm: return {dst, 0};
    case Format::kStoreReg:
    case Format::kStoreRelease: return {static_cast<RegMask>(dst | src), 0};
    case Format::kAtomic:
      if (op.operation == Operation::kAtomicCmpxchg) {
        return {static_cast<RegMask>(dst | src | bit(0)), bit(0)};
      }
      return {static_cast<RegMask>(dst | src), is_fetch(op.operation) ? src : RegMask{0}};
    case Format::kJumpImm: return {dst, 0};
    case Format::kJumpReg: return {static_cast<RegMask>(dst | src), 0};
    case Format::kJump:
    case Format::kJumpLong: return {};
    case Format::kCall: {
      const HelperInfo* helper = find_helper(helpers, static_cast<uint64_t>(insn.imm));
      RegMask reads = 0;
      if (helper) reads = static_cast<RegMask>(((1u << helper->argument_count) - 1) << 1);
      return {reads, kCallerSaved};
    }
    case Format::kCallTarget:
      return {insn.target < arguments.size() ? arguments[insn.target] : kArguments, kCallerSaved};
    case Format::kCallKfunc: return {kArguments, kCallerSaved};
    case Format::kCallReg: return {static_cast<RegMask>(kArguments | dst), kCallerSaved};
    case Format::kExit: return {bit(0), 0};
    case Format::kLoadImm64: return {0, dst};
    case Format::kPacketAbs: return {bit(6), kCallerSaved};
    case Format::kPacketInd: return {static_cast<RegMask>(bit(6) | src), kCallerSaved};
  }
  return {};
}

Liveness compute_liveness(const Program& program, const Cfg& cfg, HelperSet helpers) {
  Liveness live;
  live.block_in.assign(cfg.blocks.size(), 0);
  live.arguments.assign(program.subprograms.size(), 0);
  // Blocks in descending order converge in a few rounds; each round only adds bits.
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = cfg.blocks.size(); b-- > 0;) {
      const Block& block = cfg.blocks[b];
      RegMask mask = 0;
      for (int s = 0; s < block.successor_count; ++s) mask |= live.block_in[block.successors[s]];
      for (uint32_t i = block.first + block.count; i-- > block.first;) {
        const Effect effect = register_effect(program.insns[i], live.arguments, helpers);
        mask = static_cast<RegMask>((mask & ~effect.writes) | effect.reads);
      }
      if (mask == live.block_in[b]) continue;
      live.block_in[b] = mask;
      changed = true;
    }
    for (size_t s = 0; s < program.subprograms.size(); ++s) {
      const RegMask arguments = live.block_in[cfg.entry_block[s]] & kArguments;
      changed |= arguments != live.arguments[s];
      live.arguments[s] = arguments;
    }
  }
  return live;
}

}  // namespace weir
