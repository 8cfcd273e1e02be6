// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DWARF line information for lifted code, from the program's own (.BTF.ext): a debugger or objdump
// shows the C line that a machine instruction came from. Internal to the lifter.
#pragma once

#include <memory>

#include <llvm/IR/DIBuilder.h>

#include "lifter/program_lifter.h"

namespace weir::lifter {

class DebugInfoWriter {
 public:
  // Null if the options ask for none, or ask for source lines and the program has none.
  static std::unique_ptr<DebugInfoWriter> make(llvm::Module& module,
                                               const VerifiedProgram& verified);

  void begin_function(llvm::Function* function, uint32_t subprogram);
  llvm::DebugLoc location(uint32_t insn) const;
  void finish();

 private:
  DebugInfoWriter(llvm::Module& module, const VerifiedProgram& verified);
  llvm::DIFile* file(uint32_t index);

  const VerifiedProgram& verified_;
  llvm::DIBuilder builder_;
  std::vector<llvm::DIFile*> files_;
  llvm::DIFile* unit_file_ = nullptr;
  llvm::DISubprogram* scope_ = nullptr;
};

}  // namespace weir::lifter
