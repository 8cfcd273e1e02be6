// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// eBPF has no jump table, so clang turns a switch into a tree of comparisons of one value with
// constants. This pass finds such trees and makes switches of them again, for which the target
// has what is best: a table, a bit test or a tree of its own.
#pragma once

#include <llvm/IR/PassManager.h>

namespace weir {

class RebuildSwitch : public llvm::PassInfoMixin<RebuildSwitch> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace weir
