// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/version_loops.h"

#include <algorithm>
#include <optional>

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/ProfDataUtils.h>
#include <llvm/Transforms/Scalar/IndVarSimplify.h>
#include <llvm/Transforms/Scalar/LoopDeletion.h>
#include <llvm/Transforms/Scalar/LoopIdiomRecognize.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/Local.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/LoopUtils.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

namespace weir {

namespace {

// Copies make code larger and compiling slower.
constexpr size_t kMaxInstructions = 500;
constexpr unsigned kMaxLoops = 32;
// An exit that is this much less likely than staying is a guard.
constexpr uint64_t kRarely = 100;

// A branch that goes the rare way unless an index, `start` + `step` * round, is below `limit` (or
// at most that, or not that).
struct Guard {
  enum class Kind { kInvariant, kBelow, kUpTo, kNot };
  llvm::BranchInst* branch = nullptr;
  bool stays_if_true = true;
  Kind kind = Kind::kBelow;
  const llvm::SCEV* start = nullptr;
  llvm::APInt step;  // kNot: 1 or -1
  const llvm::SCEV* limit = nullptr;
  llvm::Value* condition = nullptr;  // kInvariant
};

class Versioning {
 public:
  Versioning(llvm::Loop& loop, llvm::LoopInfo& loops, llvm::DominatorTree& dominators,
             llvm::ScalarEvolution& evolution)
      : loop_(loop), loops_(loops), dominators_(dominators), evolution_(evolution) {}

  // The header of the copy without guards; null if none was made.
  llvm::BasicBlock* run() {
    if (!is_candidate()) return nullptr;
    for (llvm::BasicBlock* block : loop_.blocks()) {
      if (std::optional<Guard> guard = find_guard(*block)) {
        guards_.push_back(std::move(*guard));
        continue;
      }
      if (!loop_.isLoopExiting(block)) continue;
      if (!dominators_.dominates(block, loop_.getLoopLatch())) continue;
      if (std::optional<Exit> exit = find_exit(*block)) exits_.push_back(*exit);
    }
    if (guards_.empty()) return nullptr;
    llvm::BasicBlock* before = loop_.getLoopPreheader();
    llvm::Value* all_pass = make_condition(before);
    return all_pass ? make_copy(before, all_pass) : nullptr;
  }

 private:
  bool is_candidate() const {
    if (!loop_.isInnermost() || !loop_.getLoopPreheader() || !loop_.getLoopLatch() ||
        !loop_.hasDedicatedExits() || !loop_.isSafeToClone() || !loop_.isLCSSAForm(dominators_)) {
      return false;
    }
    size_t instructions = 0;
    for (llvm::BasicBlock* block : loop_.blocks()) instructions += block->size();
    return instructions <= kMaxInstructions;
  }

  // A comparison of a number that changes by the same amount in each round with one that does not;
  // the loop goes on while it is true.
  struct Test {
    llvm::CmpInst::Predicate predicate;
    const llvm::SCEV* start;
    llvm::APInt step;
    const llvm::SCEV* limit;
  };
  std::optional<Test> find_test(llvm::BranchInst& branch, bool wanted) {
    auto* compare = llvm::dyn_cast<llvm::ICmpInst>(branch.getCondition());
    if (!compare || !compare->getOperand(0)->getType()->isIntegerTy()) return std::nullopt;
    auto predicate = wanted ? compare->getPredicate() : compare->getInversePredicate();
    const llvm::SCEV* a = evolution_.getSCEV(compare->getOperand(0));
    const llvm::SCEV* b = evolution_.getSCEV(compare->getOperand(1));
    if (evolution_.isLoopInvariant(a, &loop_)) {
      std::swap(a, b);
      predicate = llvm::ICmpInst::getSwappedPredicate(predicate);
    }
    const auto* index = llvm::dyn_cast<llvm::SCEVAddRecExpr>(a);
    if (!index || index->getLoop() != &loop_ || !index->isAffine() ||
        !evolution_.isLoopInvariant(b, &loop_)) {
      return std::nullopt;
    }
    const auto* step = llvm::dyn_cast<llvm::SCEVConstant>(index->getStepRecurrence(evolution_));
    if (!step || step->isZero() || step->getAPInt().isMinSignedValue()) return std::nullopt;
    return Test{predicate, index->getStart(), step->getAPInt(), b};
  }

  std::optional<Guard> find_guard(llvm::BasicBlock& block) {
    auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
    if (!branch || !branch->isConditional()) return std::nullopt;
    uint64_t if_true = 0, if_false = 0;
    if (!llvm::extractBranchWeights(*branch, if_true, if_false)) return std::nullopt;
    // The rare way leaves the loop, or leads to a careful copy of some of its code.
    const bool stays_if_true = if_true > if_false;
    const uint64_t rare = std::min(if_true, if_false);
    if (std::max(if_true, if_false) / kRarely < rare ||
        !loop_.contains(branch->getSuccessor(stays_if_true ? 0 : 1))) {
      return std::nullopt;
    }

    Guard guard;
    guard.branch = branch;
    guard.stays_if_true = stays_if_true;
    if (llvm::isa<llvm::Constant>(branch->getCondition())) return std::nullopt;
    if (loop_.isLoopInvariant(branch->getCondition())) {
      guard.kind = Guard::Kind::kInvariant;
      guard.condition = branch->getCondition();
      return guard;
    }
    const std::optional<Test> test = find_test(*branch, stays_if_true);
    if (!test) return std::nullopt;
    guard.start = test->start;
    guard.step = test->step;
    guard.limit = test->limit;
    switch (test->predicate) {
      case llvm::CmpInst::ICMP_ULT: guard.kind = Guard::Kind::kBelow; return guard;
      case llvm::CmpInst::ICMP_ULE: guard.kind = Guard::Kind::kUpTo; return guard;
      case llvm::CmpInst::ICMP_UGT:
        if (!guard.limit->isZero()) return std::nullopt;
        [[fallthrough]];
      case llvm::CmpInst::ICMP_NE:
        if (!guard.step.isAllOnes() && !guard.step.isOne()) return std::nullopt;
        guard.kind = Guard::Kind::kNot;
        return guard;
      default: return std::nullopt;
    }
  }

  // An exit that is no guard: it is taken in round `count` (the first is 0) if not another one was
  // before. That holds if each of the `small` is at most its maximum.
  struct Exit {
    llvm::BasicBlock* block = nullptr;
    const llvm::SCEV* count = nullptr;
    llvm::SmallVector<std::pair<const llvm::SCEV*, llvm::APInt>, 2> small;
  };

  // LLVM knows how often a loop goes round if nothing can wrap. Whether it can is often easy to ask
  // before the loop.
  std::optional<Exit> find_exit(llvm::BasicBlock& block) {
    Exit exit;
    exit.block = &block;
    exit.count = evolution_.getExitCount(&loop_, &block);
    if (!llvm::isa<llvm::SCEVCouldNotCompute>(exit.count)) return exit;
    auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
    const std::optional<Test> test =
        branch && branch->isConditional()
            ? find_test(*branch, loop_.contains(branch->getSuccessor(0)))
            : std::nullopt;
    if (!test) return std::nullopt;
    const llvm::APInt size = test->step.abs();
    const llvm::APInt most = llvm::APInt::getMaxValue(size.getBitWidth()) - size;
    const bool grows = test->step.isStrictlyPositive();
    const llvm::SCEV* away;  // how far the index goes before the exit is taken
    if (grows && test->predicate == llvm::CmpInst::ICMP_ULT) {
      exit.small.push_back({test->limit, most});
      away = evolution_.getMinusSCEV(evolution_.getUMaxExpr(test->limit, test->start), test->start);
    } else if (!grows && test->predicate == llvm::CmpInst::ICMP_UGT) {
      // The index that is not above the limit any more must not be below zero.
      const auto* limit = llvm::dyn_cast<llvm::SCEVConstant>(test->limit);
      if (!limit || limit->getAPInt().ult(size - 1)) return std::nullopt;
      exit.small.push_back({test->start, most});
      away = evolution_.getMinusSCEV(evolution_.getUMaxExpr(test->limit, test->start), test->limit);
    } else {
      return std::nullopt;
    }
    exit.count =
        evolution_.getUDivExpr(evolution_.getAddExpr(away, evolution_.getConstant(size - 1)),
                               evolution_.getConstant(size));
    return exit;
  }

  // In which rounds a guard is asked, if none fails: up to `last`, and below `end`. Null: no limit.
  struct Rounds {
    const llvm::SCEV* last = nullptr;
    const llvm::SCEV* end = nullptr;
  };
  Rounds rounds_of(const Guard& guard) {
    Rounds rounds;
    for (const Exit& exit : exits_) {
      // In its last round, a guard behind the exit is not asked any more.
      const bool behind = dominators_.dominates(exit.block, guard.branch->getParent());
      const llvm::SCEV*& all = behind ? rounds.end : rounds.last;
      all = all ? evolution_.getUMinFromMismatchedTypes(all, exit.count) : exit.count;
    }
    return rounds;
  }

  bool can_expand(llvm::SCEVExpander& expander, const Guard& guard, const Rounds& rounds,
                  llvm::Instruction* at) {
    if (!rounds.last && !rounds.end) return false;
    for (const llvm::SCEV* part : {guard.start, guard.limit, rounds.last, rounds.end}) {
      if (part && (evolution_.getTypeSizeInBits(part->getType()) > guard.step.getBitWidth() ||
                   !expander.isSafeToExpandAt(part, at))) {
        return false;
      }
    }
    return true;
  }

  // An i1 before the loop: true only if no guard fails in any round. Null if that cannot be asked
  // there.
  llvm::Value* make_condition(llvm::BasicBlock* before) {
    llvm::Instruction* at = before->getTerminator();
    llvm::SCEVExpander expander(evolution_, before->getDataLayout(), "once");
    std::vector<Rounds> rounds;
    for (const Guard& guard : guards_) {
      rounds.push_back(rounds_of(guard));
      if (guard.kind != Guard::Kind::kInvariant &&
          !can_expand(expander, guard, rounds.back(), at)) {
        return nullptr;
      }
    }
    for (const Exit& exit : exits_) {
      for (const auto& [part, most] : exit.small) {
        if (!expander.isSafeToExpandAt(part, at)) return nullptr;
      }
    }
    llvm::IRBuilder<> b(at);
    llvm::Value* all = b.getTrue();
    for (const Exit& exit : exits_) {
      for (const auto& [part, most] : exit.small) {
        llvm::Value* value = expander.expandCodeFor(part, part->getType(), at->getIterator());
        all = b.CreateAnd(all, b.CreateICmpULE(value, b.getInt(most)));
      }
    }
    for (size_t i = 0; i < guards_.size(); ++i) {
      all = b.CreateAnd(all, passes(b, expander, guards_[i], rounds[i]));
    }
    return b.CreateFreeze(all);
  }

  // None of the sums and differences in it wraps if the condition before holds.
  llvm::Value* passes(llvm::IRBuilder<>& b, llvm::SCEVExpander& expander, const Guard& guard,
                      const Rounds& rounds) {
    if (guard.kind == Guard::Kind::kInvariant)
      return guard.stays_if_true ? guard.condition : b.CreateNot(guard.condition);
    llvm::Type* type = guard.start->getType();
    llvm::Value* const one = llvm::ConstantInt::get(type, 1);
    auto expand = [&](const llvm::SCEV* part) {
      return expander.expandCodeFor(evolution_.getTruncateOrZeroExtend(part, type), type,
                                    b.GetInsertPoint());
    };
    llvm::Value *start = expand(guard.start), *limit = expand(guard.limit);
    llvm::Value *last = nullptr, *never = b.getFalse();
    if (rounds.end) {
      llvm::Value* end = expand(rounds.end);
      never = b.CreateIsNull(end);
      last = b.CreateSub(end, one);
    }
    if (rounds.last) {
      llvm::Value* other = expand(rounds.last);
      last = last ? b.CreateBinaryIntrinsic(llvm::Intrinsic::umin, last, other) : other;
    }
    if (guard.kind == Guard::Kind::kNot) {
      llvm::Value* away =
          guard.step.isOne() ? b.CreateSub(limit, start) : b.CreateSub(start, limit);
      return b.CreateOr(never, b.CreateICmpULT(last, away));
    }
    const bool below = guard.kind == Guard::Kind::kBelow;
    const bool grows = guard.step.isStrictlyPositive();
    llvm::Value* begins = below ? b.CreateICmpULT(start, limit) : b.CreateICmpULE(start, limit);
    llvm::Value* room = grows ? b.CreateSub(limit, start) : start;
    if (grows && below) room = b.CreateSub(room, one);
    llvm::Value* by = llvm::ConstantInt::get(type, guard.step.abs());
    llvm::Value* ends = b.CreateICmpULE(last, b.CreateUDiv(room, by));
    return b.CreateOr(never, b.CreateAnd(begins, ends));
  }

  llvm::BasicBlock* make_copy(llvm::BasicBlock* check, llvm::Value* all_pass) {
    llvm::SmallVector<llvm::BasicBlock*> exits;
    loop_.getUniqueExitBlocks(exits);
    llvm::BasicBlock* careful =
        llvm::SplitBlock(check, check->getTerminator(), &dominators_, &loops_, nullptr, "careful");
    llvm::ValueToValueMapTy copies;
    llvm::SmallVector<llvm::BasicBlock*> blocks;
    llvm::Loop* fast = llvm::cloneLoopWithPreheader(careful, check, &loop_, copies, ".unguarded",
                                                    &loops_, &dominators_, blocks);
    llvm::remapInstructionsInBlocks(blocks, copies);
    for (llvm::BasicBlock* exit : exits) {
      for (llvm::PHINode& phi : exit->phis()) {
        const unsigned ways = phi.getNumIncomingValues();
        for (unsigned i = 0; i < ways; ++i) {
          if (!loop_.contains(phi.getIncomingBlock(i))) continue;
          llvm::Value* value = phi.getIncomingValue(i);
          if (const auto copy = copies.find(value); copy != copies.end()) value = copy->second;
          phi.addIncoming(value, llvm::cast<llvm::BasicBlock>(copies[phi.getIncomingBlock(i)]));
        }
      }
    }
    llvm::IRBuilder<> b(check->getTerminator());
    llvm::MDBuilder weights(check->getContext());
    b.CreateCondBr(all_pass, fast->getLoopPreheader(), careful,
                   weights.createLikelyBranchWeights());
    check->getTerminator()->eraseFromParent();
    for (const Guard& guard : guards_) {
      auto* copy = llvm::cast<llvm::BranchInst>(copies[guard.branch]);
      llvm::Value* asked = copy->getCondition();
      copy->setCondition(b.getInt1(guard.stays_if_true));
      // Left there, it would be counted as work by the vectorizer.
      llvm::RecursivelyDeleteTriviallyDeadInstructions(asked);
    }
    // The careful copy is for runs that end in a trap.
    llvm::addStringMetadataToLoop(&loop_, "llvm.loop.vectorize.enable", 0);
    llvm::addStringMetadataToLoop(&loop_, "llvm.loop.unroll.disable");
    return fast->getHeader();
  }

  llvm::Loop& loop_;
  llvm::LoopInfo& loops_;
  llvm::DominatorTree& dominators_;
  llvm::ScalarEvolution& evolution_;
  llvm::SmallVector<Guard> guards_;
  llvm::SmallVector<Exit> exits_;
};

// What is left of the budget is counted in a loop for nobody but whoever comes behind it: it is
// computed there instead, however large the term.
void count_outside(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  auto& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  auto& dominators = analyses.getResult<llvm::DominatorTreeAnalysis>(function);
  auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  auto& library = analyses.getResult<llvm::TargetLibraryAnalysis>(function);
  auto& target = analyses.getResult<llvm::TargetIRAnalysis>(function);
  llvm::SCEVExpander expander(evolution, function.getDataLayout(), "left");
  llvm::SmallVector<llvm::WeakTrackingVH, 16> dead;
  for (llvm::Loop* loop : loops.getLoopsInPreorder()) {
    if (!loop->isInnermost() || !loop->isLoopSimplifyForm() || !loop->isLCSSAForm(dominators))
      continue;
    llvm::rewriteLoopExitValues(loop, &loops, &library, &evolution, &target, expander, &dominators,
                                llvm::NoHardUse, dead);
  }
  llvm::RecursivelyDeleteTriviallyDeadInstructionsPermissive(dead, &library);
}

// What passes before this one could not do to loops with guards.
void simplify_copies(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopIdiomRecognizePass());
  loops.addPass(llvm::IndVarSimplifyPass());
  loops.addPass(llvm::LoopDeletionPass());
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops)));
  passes.run(function, analyses);
  count_outside(function, analyses);
}

}  // namespace

llvm::PreservedAnalyses VersionGuardedLoops::run(llvm::Function& function,
                                                 llvm::FunctionAnalysisManager& analyses) {
  // Headers of loops that have been looked at. A copy has no guards left to remove.
  llvm::SmallPtrSet<llvm::BasicBlock*, 16> seen;
  unsigned versioned = 0;
  for (bool again = true; again && versioned < kMaxLoops;) {
    again = false;
    auto& loops = analyses.getResult<llvm::LoopAnalysis>(function);
    auto& dominators = analyses.getResult<llvm::DominatorTreeAnalysis>(function);
    auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
    for (llvm::Loop* loop : loops.getLoopsInPreorder()) {
      if (!loop->isInnermost() || !seen.insert(loop->getHeader()).second) continue;
      llvm::simplifyLoop(loop, &dominators, &loops, &evolution, nullptr, nullptr, false);
      llvm::formLCSSA(*loop, dominators, &loops, &evolution);
      llvm::BasicBlock* copy = Versioning(*loop, loops, dominators, evolution).run();
      if (!copy) continue;
      seen.insert(copy);
      ++versioned;
      again = true;
      analyses.invalidate(function, llvm::PreservedAnalyses::none());
      break;
    }
  }
  if (versioned == 0) return llvm::PreservedAnalyses::all();
  simplify_copies(function, analyses);
  return llvm::PreservedAnalyses::none();
}

}  // namespace weir
