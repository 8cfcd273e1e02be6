// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/rebuild_switch.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <llvm/IR/ConstantRange.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Local.h>

namespace weir {

namespace {

// Fewer ways out are as good as comparisons.
constexpr size_t kMinWays = 5;
// A switch lists values one by one: what more of them lead to must be where all else goes.
constexpr uint64_t kMaxRange = 64;
constexpr size_t kMaxCases = 1024;

// A conditional branch that compares `value` with a constant, at the end of a block.
struct Test {
  llvm::Value* value = nullptr;
  llvm::ConstantRange taken{8, true};  // for these values the first successor is next
};

std::optional<Test> test_at(llvm::BasicBlock& block) {
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
  if (!branch || !branch->isConditional()) return std::nullopt;
  auto* compare = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
  if (!compare || !compare->getOperand(0)->getType()->isIntegerTy()) return std::nullopt;
  auto* constant = llvm::dyn_cast<llvm::ConstantInt>(compare->getOperand(1));
  if (!constant) return std::nullopt;
  return Test{compare->getOperand(0), llvm::ConstantRange::makeExactICmpRegion(
                                          compare->getPredicate(), constant->getValue())};
}

// Values as ranges that do not wrap around.
using Values = std::vector<llvm::ConstantRange>;

Values pieces(const llvm::ConstantRange& range) {
  if (range.isEmptySet()) return {};
  if (!range.isWrappedSet()) return {range};
  const llvm::APInt zero = llvm::APInt::getZero(range.getBitWidth());
  Values both;
  both.push_back(llvm::ConstantRange(range.getLower(), zero));  // to the largest
  both.push_back(llvm::ConstantRange(zero, range.getUpper()));
  return both;
}

Values intersect(const Values& a, const llvm::ConstantRange& range) {
  Values all;
  for (const llvm::ConstantRange& x : a) {
    for (const llvm::ConstantRange& y : pieces(range)) {
      const llvm::ConstantRange part = x.intersectWith(y);
      if (!part.isEmptySet()) all.push_back(part);
    }
  }
  return all;
}

// How many values, up to UINT64_MAX.
uint64_t count(const Values& values) {
  uint64_t all = 0;
  for (const llvm::ConstantRange& range : values) {
    const uint64_t size =
        range.isFullSet() ? UINT64_MAX : (range.getUpper() - range.getLower()).getLimitedValue();
    all = size > UINT64_MAX - all ? UINT64_MAX : all + size;
  }
  return all;
}

// Nothing but a comparison and a branch: going through the block changes nothing.
bool only_tests(llvm::BasicBlock& block) {
  for (llvm::Instruction& insn : block) {
    if (llvm::isa<llvm::DbgInfoIntrinsic>(insn)) continue;
    if (&insn == block.getTerminator()) continue;
    if (!llvm::isa<llvm::ICmpInst>(insn) || !insn.hasOneUse()) return false;
  }
  return true;
}

class Tree {
 public:
  explicit Tree(llvm::BasicBlock& root) : root_(root) {}

  bool run() {
    const std::optional<Test> first = test_at(root_);
    if (!first) return false;
    value_ = first->value;
    const unsigned bits = value_->getType()->getIntegerBitWidth();
    if (!walk(root_, {llvm::ConstantRange::getFull(bits)}) || ways_.size() < kMinWays) return false;
    return rebuild();
  }

 private:
  // For these values, control goes over the edge from `from` to `to`.
  struct Way {
    Values values;
    llvm::BasicBlock* from;
    llvm::BasicBlock* to;
  };

  bool walk(llvm::BasicBlock& block, const Values& values) {
    const std::optional<Test> test = test_at(block);
    auto* branch = llvm::cast<llvm::BranchInst>(block.getTerminator());
    const Values sides[] = {intersect(values, test->taken),
                            intersect(values, test->taken.inverse())};
    for (unsigned i = 0; i < 2; ++i) {
      if (sides[i].empty()) continue;
      llvm::BasicBlock* next = branch->getSuccessor(i);
      const std::optional<Test> below = test_at(*next);
      if (below && below->value == value_ && next != &root_ && only_tests(*next) &&
          next->getSinglePredecessor() == &block) {
        inner_.push_back(next);
        if (!walk(*next, sides[i])) return false;
        continue;
      }
      ways_.push_back({sides[i], &block, next});
    }
    return ways_.size() <= kMaxCases;
  }

  bool rebuild() {
    // All else goes where most values go.
    const auto rest = std::max_element(ways_.begin(), ways_.end(), [](const Way& a, const Way& b) {
      return count(a.values) < count(b.values);
    });
    size_t cases = 0;
    for (auto way = ways_.begin(); way != ways_.end(); ++way) {
      if (way == rest || goes_same_way(*way, *rest)) continue;
      if (count(way->values) > kMaxRange) return false;
      cases += count(way->values);
    }
    if (cases < kMinWays || cases > kMaxCases) return false;

    // Each edge out of the tree gets a block of its own, so that phis keep apart what they had.
    std::vector<llvm::BasicBlock*> doors;
    for (const Way& way : ways_) {
      auto* door = llvm::BasicBlock::Create(root_.getContext(), "way", root_.getParent(), way.to);
      llvm::BranchInst::Create(way.to, door)->setDebugLoc(way.from->getTerminator()->getDebugLoc());
      for (llvm::PHINode& phi : way.to->phis())
        phi.addIncoming(phi.getIncomingValueForBlock(way.from), door);
      doors.push_back(door);
    }
    llvm::Instruction* old = root_.getTerminator();
    llvm::IRBuilder<> b(old);
    llvm::SwitchInst* cases_of = b.CreateSwitch(
        value_, doors[static_cast<size_t>(rest - ways_.begin())], static_cast<unsigned>(cases));
    for (size_t i = 0; i < ways_.size(); ++i) {
      if (i == static_cast<size_t>(rest - ways_.begin()) || goes_same_way(ways_[i], *rest))
        continue;
      for (const llvm::ConstantRange& range : ways_[i].values) {
        for (llvm::APInt at = range.getLower(); at != range.getUpper(); ++at)
          cases_of->addCase(b.getInt(at), doors[i]);
      }
    }
    // The edges that were: the root's first, the others go with their blocks.
    auto* branch = llvm::cast<llvm::BranchInst>(old);
    for (unsigned i = 0; i < branch->getNumSuccessors(); ++i)
      branch->getSuccessor(i)->removePredecessor(&root_, true);
    llvm::Value* condition = branch->getCondition();
    branch->eraseFromParent();
    llvm::RecursivelyDeleteTriviallyDeadInstructions(condition);
    llvm::DeleteDeadBlocks(inner_);
    for (llvm::BasicBlock* door : doors) {
      if (llvm::pred_empty(door)) llvm::DeleteDeadBlock(door);
    }
    return true;
  }

  // The same block, with the same values in its phis.
  static bool goes_same_way(const Way& a, const Way& b) {
    if (a.to != b.to) return false;
    return std::ranges::all_of(a.to->phis(), [&](llvm::PHINode& phi) {
      return phi.getIncomingValueForBlock(a.from) == phi.getIncomingValueForBlock(b.from);
    });
  }

  llvm::BasicBlock& root_;
  llvm::Value* value_ = nullptr;
  std::vector<Way> ways_;
  std::vector<llvm::BasicBlock*> inner_;
};

}  // namespace

llvm::PreservedAnalyses RebuildSwitch::run(llvm::Function& function,
                                           llvm::FunctionAnalysisManager&) {
  bool changed = false;
  // Roots first: a block whose predecessor tests the same value is part of that one's tree.
  for (bool again = true; again;) {
    again = false;
    for (llvm::BasicBlock& block : function) {
      const std::optional<Test> test = test_at(block);
      if (!test) continue;
      if (llvm::BasicBlock* before = block.getSinglePredecessor(); before && only_tests(block)) {
        const std::optional<Test> above = test_at(*before);
        if (above && above->value == test->value) continue;
      }
      if (!Tree(block).run()) continue;
      changed = again = true;
      break;
    }
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace weir
