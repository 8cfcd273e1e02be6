// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <span>

#include <llvm/ADT/SmallVector.h>

#include "frontend/verifier/facts.h"

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
}  // namespace llvm

namespace weir {

// The ELF file that LLVM writes for some programs, before it is linked to a native object.
struct EmittedObject {
  llvm::SmallVector<char, 0> elf;
  std::vector<std::string> symbols;  // entry points, parallel to the programs
};

// Looks on while an object is made.
class EmitObserver {
 public:
  virtual ~EmitObserver() = default;
  virtual void begins(llvm::LLVMContext& context) = 0;
  virtual void optimized(const llvm::Module& module) = 0;
};

// Programs -> IR -> optimised IR -> ELF. All programs have the same policy, CPU and level.
Result<EmittedObject> emit_object(std::span<const VerifiedProgram> programs,
                                  EmitObserver* observer = nullptr);

// The module between the stages, for listings.
Result<std::unique_ptr<llvm::Module>> lift_and_optimize(llvm::LLVMContext& context,
                                                        std::span<const VerifiedProgram> programs,
                                                        llvm::TargetMachine& machine,
                                                        bool optimized,
                                                        std::vector<std::string>* symbols);

// "weir_prog_<name>", made unique with a number where names clash.
std::vector<std::string> entry_symbols(std::span<const VerifiedProgram> programs);

}  // namespace weir
