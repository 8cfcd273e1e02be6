// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/emit_object.h"

#include <set>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/bitcode.h"
#include "codegen/pass_pipeline.h"
#include "codegen/target.h"
#include "frontend/support/text.h"
#include "lifter/lift.h"

namespace weir {

std::vector<std::string> entry_symbols(std::span<const VerifiedProgram> programs) {
  std::vector<std::string> symbols;
  std::set<std::string> used;
  for (const VerifiedProgram& verified : programs) {
    const std::string base = "weir_prog_" + to_identifier(verified.program().name).substr(0, 100);
    std::string symbol = base;
    for (int n = 2; !used.insert(symbol).second; ++n) symbol = base + "_" + std::to_string(n);
    symbols.push_back(symbol);
  }
  return symbols;
}

Result<std::unique_ptr<llvm::Module>> lift_and_optimize(llvm::LLVMContext& context,
                                                        std::span<const VerifiedProgram> programs,
                                                        llvm::TargetMachine& machine,
                                                        bool optimized,
                                                        std::vector<std::string>* symbols) {
  // A fixed name: nothing of the machine may get into the output.
  auto module = std::make_unique<llvm::Module>("weir", context);
  set_target(*module, machine);
  *symbols = entry_symbols(programs);
  for (size_t i = 0; i < programs.size(); ++i) {
    WEIR_CHECK(lift_program(*module, programs[i], (*symbols)[i]));
  }
  set_target(*module, machine);  // the functions' attributes

  std::string complaint;
  llvm::raw_string_ostream stream(complaint);
  if (llvm::verifyModule(*module, &stream)) {
    return Error(ErrorCode::kInternal, "the lifter made IR that LLVM refuses: " + complaint)
        .with_hint("this is a bug in weir; please report it with the program");
  }
  if (!optimized) return module;
  WEIR_CHECK(add_map_functions(*module));
  set_target(*module, machine);
  optimize(*module, machine, programs.front().options().opt_level);
  return module;
}

Result<EmittedObject> emit_object(std::span<const VerifiedProgram> programs,
                                  EmitObserver* observer) {
  if (programs.empty()) return Error(ErrorCode::kInternal, "no program to compile");
  const CompileOptions& options = programs.front().options();
  WEIR_TRY(auto machine, make_target_machine(options.cpu, options.opt_level));
  llvm::LLVMContext context;
  if (observer) observer->begins(context);
  EmittedObject out;
  WEIR_TRY(auto module, lift_and_optimize(context, programs, *machine, true, &out.symbols));
  if (observer) observer->optimized(*module);
  WEIR_CHECK(add_mem_functions(*module));
  set_target(*module, *machine);  // the memory functions' attributes

  llvm::raw_svector_ostream stream(out.elf);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile)) {
    return Error(ErrorCode::kCompilerFailed, "LLVM cannot write an object file for this target");
  }
  passes.run(*module);
  return out;
}

}  // namespace weir
