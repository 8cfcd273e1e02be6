// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/decided.h"

#include "frontend/verifier/liveness.h"
#include "frontend/verifier/step.h"

namespace weir {

DecidedBranches::DecidedBranches(const Program& program, const Cfg& cfg)
    : program_(program), cfg_(cfg) {
  for (const Block& block : cfg.blocks) compared_.push_back(trace(program, block));
}

DecidedBranches::Compared DecidedBranches::trace(const Program& program, const Block& block) {
  const Instruction& branch = program.insns[block.last()];
  if (branch.info().format != Format::kJumpImm || !compare_of(branch.info().operation)) return {};
  Compared compared{.known = true, .reg = branch.dst};
  const std::vector<RegMask> arguments(program.subprograms.size(), 0);
  for (uint32_t i = block.last(); i-- > block.first;) {
    const Instruction& insn = program.insns[i];
    const OpInfo& op = insn.info();
    const bool memory = op.format == Format::kStoreImm || op.format == Format::kStoreReg ||
                        op.format == Format::kStoreRelease || op.format == Format::kAtomic;
    const bool call = op.format == Format::kCall || op.format == Format::kCallTarget ||
                      op.format == Format::kCallReg || op.format == Format::kCallKfunc;
    if (compared.size != 0) {
      if (memory || call) return {};
      continue;
    }
    const RegMask writes = register_effect(insn, arguments, HelperSet::kNone).writes;
    if ((writes >> compared.reg & 1) == 0) continue;
    if (op.format == Format::kAluReg && op.operation == Operation::kMov && op.bits == 64) {
      compared.reg = insn.src;
    } else if (op.operation == Operation::kLoadZero && insn.src == kFrameReg && op.bits >= 32) {
      compared.offset = insn.offset;
      compared.size = op.bits / 8;
    } else {
      return {};
    }
  }
  return compared;
}

DecidedBranches::Way DecidedBranches::way(const AbstractState& state, uint32_t block) const {
  const Compared& compared = compared_[block];
  if (!compared.known) return Way::kOpen;
  const Value* value = &state.top().regs[compared.reg];
  if (compared.size != 0) {
    const auto& slots = state.top().slots;
    const auto slot = slots.find(compared.offset);
    if (slot == slots.end() || slot->second.size != compared.size) return Way::kOpen;
    value = &slot->second.value;
  }
  if (!value->is_scalar() || value->length) return Way::kOpen;
  const Instruction& branch = program_.insns[cfg_.blocks[block].last()];
  const Compare compare = *compare_of(branch.info().operation);
  const bool wide = branch.info().bits == 64;
  const auto possible = [&](bool taken) {
    ScalarRange left = value->range;
    ScalarRange right = ScalarRange::constant(static_cast<uint64_t>(branch.imm));
    return refine(compare, taken, wide, left, right);
  };
  if (!possible(true)) return Way::kFalls;
  return possible(false) ? Way::kOpen : Way::kJumps;
}

}  // namespace weir
