// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/liveness.h"

#include <algorithm>

#include "runtime/abi/exec_context.h"

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

namespace {

// The granules that [offset, offset + size) touches; offsets from r10.
SlotMask slots_of(int64_t offset, int64_t size) {
  SlotMask mask = 0;
  for (int64_t at = std::max<int64_t>(offset, -int64_t{kFrameBytes}); at < offset + size && at < 0;
       ++at)
    mask |= SlotMask{1} << (-at - 1) / 8;
  return mask;
}

// The address that `mov rX, r10` at `insn` is made into, as clang does: by adding a constant.
int64_t taken_offset(const Program& program, const Block& block, uint32_t insn) {
  const uint8_t reg = program.insns[insn].dst;
  for (uint32_t i = insn + 1; i < block.first + block.count; ++i) {
    const Instruction& next = program.insns[i];
    const Format format = next.info().format;
    if (format == Format::kAluImm && next.dst == reg)
      return next.info().operation == Operation::kAdd ? next.imm : -int64_t{kFrameBytes};
    const bool other = (format == Format::kAluReg && next.dst != reg && next.src != reg) ||
                       (format == Format::kAluImm && next.dst != reg);
    if (!other) break;
  }
  return -int64_t{kFrameBytes};
}

// Slots of each subprogram that addresses taken from r10 may reach.
std::vector<SlotMask> taken_slots(const Program& program, const Cfg& cfg) {
  std::vector<SlotMask> taken(program.subprograms.size(), 0);
  for (const Block& block : cfg.blocks) {
    for (uint32_t i = block.first; i < block.first + block.count; ++i) {
      const Instruction& insn = program.insns[i];
      const Format format = insn.info().format;
      const bool reads_frame_register =
          insn.src == kFrameReg && (format == Format::kAluReg || format == Format::kStoreReg ||
                                    format == Format::kAtomic || format == Format::kJumpReg);
      if (!reads_frame_register) continue;
      const bool copy = insn.info().operation == Operation::kMov && insn.info().bits == 64;
      const int64_t low = copy ? taken_offset(program, block, i) : -int64_t{kFrameBytes};
      taken[block.subprogram] |= low >= 0 ? 0 : slots_of(low, -low);
    }
  }
  return taken;
}

struct SlotEffect {
  SlotMask reads = 0, writes = 0;
};
SlotEffect slot_effect(const Instruction& insn) {
  const int64_t size = insn.info().bits / 8;
  switch (insn.info().format) {
    case Format::kLoad:
    case Format::kLoadAcquire: return {insn.src == kFrameReg ? slots_of(insn.offset, size) : 0, 0};
    case Format::kAtomic: return {insn.dst == kFrameReg ? slots_of(insn.offset, size) : 0, 0};
    case Format::kStoreImm:
    case Format::kStoreReg:
    case Format::kStoreRelease:
      if (insn.dst != kFrameReg || size != 8 || insn.offset % 8 != 0) return {};
      return {0, slots_of(insn.offset, size)};
    default: return {};
  }
}

std::vector<SlotMask> live_slots(const Program& program, const Cfg& cfg) {
  const std::vector<SlotMask> taken = taken_slots(program, cfg);
  std::vector<SlotMask> live(cfg.blocks.size());
  for (size_t b = 0; b < live.size(); ++b) live[b] = taken[cfg.blocks[b].subprogram];
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = cfg.blocks.size(); b-- > 0;) {
      const Block& block = cfg.blocks[b];
      SlotMask mask = 0;
      for (int s = 0; s < block.successor_count; ++s) mask |= live[block.successors[s]];
      for (uint32_t i = block.first + block.count; i-- > block.first;) {
        const SlotEffect effect = slot_effect(program.insns[i]);
        mask = (mask & ~effect.writes) | effect.reads;
      }
      mask |= taken[block.subprogram];
      changed |= mask != live[b];
      live[b] = mask;
    }
  }
  return live;
}

}  // namespace

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
  live.slots_in = live_slots(program, cfg);
  return live;
}

}  // namespace weir
