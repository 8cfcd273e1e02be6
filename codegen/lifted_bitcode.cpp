// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the optimiser is given, for LLVM's own tools.
#include <llvm/ADT/SmallVector.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/bitcode.h"
#include "codegen/compiler.h"
#include "codegen/emit_object.h"
#include "codegen/target.h"

namespace weir {

Result<std::vector<uint8_t>> lifted_bitcode(const VerifiedProgram& program) {
  WEIR_TRY(auto machine, make_target_machine(program.options().cpu, program.options().opt_level));
  llvm::LLVMContext context;
  std::vector<std::string> symbols;
  WEIR_TRY(auto module,
           lift_and_optimize(context, std::span(&program, 1), *machine, false, &symbols));
  WEIR_CHECK(add_map_functions(*module));
  set_target(*module, *machine);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::WriteBitcodeToFile(*module, stream);
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

}  // namespace weir
