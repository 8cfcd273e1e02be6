// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One check for the fields of a header. Guards of neighbouring accesses trap at different
// instructions, so LLVM cannot merge them. Where a block has several accesses through the same
// pointer, a few bytes apart, it is lifted twice: one check at its start, of all the bytes they
// touch, picks the copy in which these accesses are not checked again; else the careful copy runs,
// which traps where the interpreter does.
#include <algorithm>

#include <llvm/IR/MDBuilder.h>

#include "frontend/verifier/liveness.h"
#include "lifter/debug_info.h"
#include "lifter/program_lifter.h"

namespace weir::lifter {

namespace {

// A register's value as one that a register had at the start of the block, plus a constant.
struct Origin {
  bool known = false;
  uint8_t reg = 0;
  int64_t delta = 0;
};

// Bytes from the value that `reg` had at the start of the block.
struct Span {
  int64_t low = INT64_MAX, high = INT64_MIN;
  size_t accesses = 0;
};

}  // namespace

// The accesses of the block that one check at its start can serve, and that check; null if it would
// not serve at least two. The builder stands at the block's start.
llvm::Value* FunctionLifter::check_for_block(uint32_t index, std::vector<uint32_t>& served) {
  if (env_.trusted()) return nullptr;
  const Block& block = env_.cfg.blocks[index];
  std::array<Origin, kRegisters> origins;
  for (uint8_t r = 0; r < kFrameReg; ++r) {
    const RegFact& fact = env_.facts().insns[block.first].before[r];
    if (fact.is_pointer_to(Region::kData) && !fact.known) origins[r] = {true, r, 0};
  }
  std::array<Span, kRegisters> spans;
  std::vector<std::pair<uint32_t, uint8_t>> accesses;
  for (uint32_t i = block.first; i < block.first + block.count; ++i) {
    const Instruction& insn = env_.program().insns[i];
    const OpInfo& op = insn.info();
    if (!env_.facts().insns[i].reached || op.format == Format::kCall ||
        op.format == Format::kCallReg || op.format == Format::kCallTarget)
      break;
    if (is_access(insn)) {
      const AccessFact& access = env_.facts().insns[i].access;
      const bool load = op.format == Format::kLoad || op.format == Format::kLoadAcquire;
      const Origin& base = origins[load ? insn.src : insn.dst];
      if (base.known && access.region == Region::kData && !access.proven && !access.fixed) {
        const int64_t low = base.delta + insn.offset, high = low + op.bits / 8;
        Span& span = spans[base.reg];
        if (std::max(span.high, high) - std::min(span.low, low) <= kMaxCheckedSpan) {
          span.low = std::min(span.low, low);
          span.high = std::max(span.high, high);
          ++span.accesses;
          accesses.emplace_back(i, base.reg);
        }
      }
    }
    const bool wide = op.bits == 64;
    const bool moves = op.format == Format::kAluReg && op.operation == Operation::kMov && wide;
    const bool adds = op.format == Format::kAluImm && op.operation == Operation::kAdd && wide &&
                      insn.imm > -kMaxCheckedSpan && insn.imm < kMaxCheckedSpan;
    if (moves) {
      origins[insn.dst] = origins[insn.src];
    } else if (adds) {
      origins[insn.dst].delta += insn.imm;
    } else {
      const RegMask writes = register_effect(insn, {}, env_.verified.options().helpers).writes;
      for (unsigned r = 0; r < kRegisters; ++r) {
        if ((writes >> r & 1) != 0) origins[r] = {};
      }
    }
  }
  for (const auto& [insn, reg] : accesses) {
    if (spans[reg].accesses >= 2) served.push_back(insn);
  }
  if (served.empty()) return nullptr;
  Value* all = builder_.getTrue();
  for (unsigned reg = 0; reg < kRegisters; ++reg) {
    const Span& span = spans[reg];
    if (span.accesses < 2) continue;
    Value* first = builder_.CreateSub(builder_.CreatePtrToInt(get_ptr(reg), builder_.getInt64Ty()),
                                      builder_.CreatePtrToInt(data(), builder_.getInt64Ty()));
    first = builder_.CreateAdd(first, c64(static_cast<uint64_t>(span.low)));
    // Negative numbers are huge, and not below.
    Value* limit =
        builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, data_size(),
                                       c64(static_cast<uint64_t>(span.high - span.low - 1)));
    all = builder_.CreateAnd(all, builder_.CreateICmpULT(first, limit));
  }
  return all;
}

void FunctionLifter::lift_block(uint32_t index) {
  const Block& block = env_.cfg.blocks[index];
  auto begin = [&](llvm::BasicBlock* at) {
    builder_.SetInsertPoint(at);
    const RegFacts& facts = env_.facts().insns[block.first].before;
    for (unsigned reg = 0; reg < kRegisters; ++reg) repr_[reg] = repr_of(facts[reg]);
    repr_[kFrameReg] = Repr::kPtr;
    insn_ = block.first;
    if (debug_) builder_.SetCurrentDebugLocation(debug_->location(insn_));
  };
  begin(blocks_[index]);
  if (loop_starts_.contains(index)) {
    lift_loop_start(index);
    begin(builder_.GetInsertBlock());
  }
  std::vector<uint32_t> served;
  if (Value* check = check_for_block(index, served)) {
    auto* fast = llvm::BasicBlock::Create(context(), "checked", function_);
    auto* careful = llvm::BasicBlock::Create(context(), "careful", function_);
    llvm::MDBuilder weights(context());
    builder_.CreateCondBr(check, fast, careful, weights.createLikelyBranchWeights());
    begin(fast);
    checked_ = std::move(served);
    lift_instructions(block);
    checked_.clear();
    begin(careful);
  }
  lift_instructions(block);
}

}  // namespace weir::lifter
