// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Jumps. Comparisons are made at the width the facts allow: two values below 2^32 compare as i32
// even in a 64-bit jump, two pointers as pointers. A jump backwards first takes one from the run's
// budget, unless its fact says that it need not.
#include <algorithm>

#include <llvm/IR/MDBuilder.h>

#include "lifter/program_lifter.h"

namespace weir::lifter {

namespace {

llvm::CmpInst::Predicate predicate(Operation operation) {
  switch (operation) {
    case Operation::kJeq: return llvm::CmpInst::ICMP_EQ;
    case Operation::kJne: return llvm::CmpInst::ICMP_NE;
    case Operation::kJgt: return llvm::CmpInst::ICMP_UGT;
    case Operation::kJge: return llvm::CmpInst::ICMP_UGE;
    case Operation::kJlt: return llvm::CmpInst::ICMP_ULT;
    case Operation::kJle: return llvm::CmpInst::ICMP_ULE;
    case Operation::kJsgt: return llvm::CmpInst::ICMP_SGT;
    case Operation::kJsge: return llvm::CmpInst::ICMP_SGE;
    case Operation::kJslt: return llvm::CmpInst::ICMP_SLT;
    case Operation::kJsle: return llvm::CmpInst::ICMP_SLE;
    default: return llvm::CmpInst::BAD_ICMP_PREDICATE;
  }
}

}  // namespace

llvm::Value* FunctionLifter::condition(const Instruction& insn) {
  const OpInfo& op = insn.info();
  const bool imm = op.format == Format::kJumpImm;
  const uint64_t constant = static_cast<uint64_t>(insn.imm);
  auto small = [&](unsigned reg) { return repr_[reg] == Repr::kI32 || repr_[reg] == Repr::kZero; };
  Value *a, *b;
  llvm::CmpInst::Predicate pred = predicate(op.operation);
  if (op.bits == 32) {
    a = get32(insn.dst);
    b = imm ? c32(static_cast<uint32_t>(constant)) : get32(insn.src);
  } else if (small(insn.dst) && (imm ? constant <= UINT32_MAX : small(insn.src)) &&
             op.operation != Operation::kJset) {
    // Both are below 2^32: as 64-bit numbers they are not negative, so signed equals unsigned.
    a = get32(insn.dst);
    b = imm ? c32(static_cast<uint32_t>(constant)) : get32(insn.src);
    pred = llvm::CmpInst::isSigned(pred) ? llvm::CmpInst::getUnsignedPredicate(pred) : pred;
  } else if (!imm && repr_[insn.dst] == Repr::kPtr && repr_[insn.src] == Repr::kPtr &&
             op.operation != Operation::kJset) {
    a = get_ptr(insn.dst);
    b = get_ptr(insn.src);
  } else {
    a = get64(insn.dst);
    b = imm ? c64(constant) : get64(insn.src);
  }
  if (op.operation == Operation::kJset) {
    return builder_.CreateIsNotNull(builder_.CreateAnd(a, b));
  }
  return builder_.CreateICmp(pred, a, b);
}

void FunctionLifter::take_budget() {
  Value* left = builder_.CreateLoad(builder_.getInt64Ty(), budget_);
  require(builder_.CreateIsNotNull(left), TrapCode::kBudget);
  builder_.CreateStore(builder_.CreateSub(left, c64(1)), budget_);
}

// How often the conditional jump at insn_ was taken and not; null if nobody counted. What was never
// seen is not impossible: neither way weighs less than a 64th of the other. And what is as rare as
// a guard's trap is taken for one (codegen/version_loops.cpp).
llvm::MDNode* FunctionLifter::branch_weights() {
  const BranchProfile* profile = env_.profile();
  if (profile == nullptr) return nullptr;
  auto [runs, taken] = profile->insns[insn_];
  if (runs == 0) return nullptr;
  uint64_t other = runs - std::min(taken, runs);
  const uint64_t most = std::max(taken, other);
  constexpr uint64_t kWhole = 1 << 20;
  const auto weight = [&](uint64_t count) {
    const auto share = static_cast<double>(count) / static_cast<double>(most);
    return static_cast<uint32_t>(std::max(share, 1.0 / 64) * kWhole);
  };
  return llvm::MDBuilder(context()).createBranchWeights(weight(taken), weight(other));
}

// Whether a jump takes from the budget when it is taken.
bool FunctionLifter::pays(uint32_t insn) const {
  return is_back_edge(env_.program(), insn) && !env_.facts().insns[insn].no_budget;
}

// Where a single paying jump goes back to, the loop pays in its first block instead of on the way
// back. The loop then leaves at its end only by the program's own condition, and LLVM need not put
// a copy of the first round before it to get there.
void FunctionLifter::find_loop_starts() {
  std::vector<uint32_t> several;
  for (uint32_t i = bounds_.first; i < bounds_.first + bounds_.count; ++i) {
    if (!is_jump(env_.program().insns[i]) || !env_.facts().insns[i].reached || !pays(i)) continue;
    const uint32_t to = env_.cfg.block_of[env_.program().insns[i].target];
    if (!blocks_[to]) continue;
    if (!loop_starts_.try_emplace(to, LoopStart{i, nullptr}).second) several.push_back(to);
  }
  for (uint32_t block : several) loop_starts_.erase(block);
  for (auto& [block, start] : loop_starts_) {
    start.head = llvm::BasicBlock::Create(context(), "head", function_);
  }
}

// Whoever comes from elsewhere gets one more for the round that the first block takes.
void FunctionLifter::lift_loop_start(uint32_t block) {
  const LoopStart& start = loop_starts_.at(block);
  Value* left = builder_.CreateLoad(builder_.getInt64Ty(), budget_);
  builder_.CreateStore(builder_.CreateNUWAdd(left, c64(1)), budget_);
  builder_.CreateBr(start.head);
  builder_.SetInsertPoint(start.head);
  insn_ = start.jump;
  take_budget();
}

// The block a taken jump goes to: for one that pays, a block that takes from the budget.
llvm::BasicBlock* FunctionLifter::edge_to(uint32_t target_insn) {
  const uint32_t to = env_.cfg.block_of[target_insn];
  if (!pays(insn_)) return blocks_[to];
  if (const auto start = loop_starts_.find(to); start != loop_starts_.end())
    return start->second.head;
  llvm::BasicBlock* back = llvm::BasicBlock::Create(context(), "back", function_);
  llvm::IRBuilderBase::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(back);
  take_budget();
  builder_.CreateBr(blocks_[to]);
  return back;
}

void FunctionLifter::lift_jump(const Instruction& insn) {
  const Block& block = env_.cfg.blocks[env_.cfg.block_of[insn_]];
  if (insn.info().operation == Operation::kJa) {
    if (!blocks_[block.successors[0]]) {
      builder_.CreateUnreachable();
      return;
    }
    convert_for(block.successors[0]);
    builder_.CreateBr(edge_to(insn.target));
    return;
  }
  Value* taken;
  if (insn.info().operation == Operation::kMayGoto) {
    Value* rounds = builder_.CreateLoad(builder_.getInt64Ty(), may_goto_);
    Value* left = builder_.CreateLoad(builder_.getInt64Ty(), budget_);
    taken = builder_.CreateOr(builder_.CreateIsNull(rounds), builder_.CreateIsNull(left));
    // Where the jump is taken the counter is not needed any more unless it ran out of budget; then
    // it must stay as it is.
    builder_.CreateStore(builder_.CreateSelect(taken, rounds, builder_.CreateSub(rounds, c64(1))),
                         may_goto_);
  } else {
    taken = condition(insn);
  }
  // A way that no path takes (the analysis knows) has no block.
  llvm::BasicBlock* const next = blocks_[block.successors[0]];
  const bool jumps = blocks_[block.successors[1]] != nullptr;
  if (next) convert_for(block.successors[0]);
  if (jumps) convert_for(block.successors[1]);
  if (next && jumps) {
    builder_.CreateCondBr(taken, edge_to(insn.target), next, branch_weights());
  } else if (next || jumps) {
    builder_.CreateBr(next ? next : edge_to(insn.target));
  } else {
    builder_.CreateUnreachable();
  }
}

}  // namespace weir::lifter
