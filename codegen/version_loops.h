// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One check for a whole loop. A guard inside a loop leaves it when an offset that grows by the same
// amount in each round is out of bounds; for LLVM that is one more exit, which keeps it from
// vectorizing and from recognising copies. This pass makes a second copy of such a loop, without
// those guards, and asks once before the loop whether none of them can fail in any round. If the
// answer is yes, the copy without guards runs; else the careful one, which traps at the very
// instruction where the interpreter does.
#pragma once

#include <llvm/IR/PassManager.h>

namespace weir {

class VersionGuardedLoops : public llvm::PassInfoMixin<VersionGuardedLoops> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace weir
