// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass pipeline. What matters most is that the PassBuilder gets the TargetMachine: without its
// target transform info the same pipeline gives code that is half as fast, because no cost model
// knows what an instruction costs. The vectorizers are on as clang has them.
#include "codegen/pass_pipeline.h"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/rebuild_switch.h"
#include "codegen/version_loops.h"
#include "runtime/abi/compile_options.h"

namespace weir {

void optimize(llvm::Module& module, llvm::TargetMachine& machine, uint8_t level) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = level >= 2;
  tuning.SLPVectorization = level >= 2;
  tuning.LoopInterleaving = level >= 2;
  tuning.LoopUnrolling = level >= 2;

  if (level == kOptLevelSize) {
    // As clang -Os: the pipeline alone does not ask for it everywhere.
    for (llvm::Function& function : module) {
      if (!function.isDeclaration()) function.addFnAttr(llvm::Attribute::OptimizeForSize);
    }
  }
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerVectorizerStartEPCallback(
      [](llvm::FunctionPassManager& passes, llvm::OptimizationLevel at) {
        if (at.getSpeedupLevel() < 2) return;
        passes.addPass(RebuildSwitch());
        passes.addPass(VersionGuardedLoops());
      });
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::TargetLibraryInfoImpl library(machine.getTargetTriple());
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);

  const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1, llvm::OptimizationLevel::O2,
      llvm::OptimizationLevel::O3, llvm::OptimizationLevel::Os};
  llvm::ModulePassManager passes =
      level == 0 ? builder.buildO0DefaultPipeline(levels[0])
                 : builder.buildPerModuleDefaultPipeline(levels[level > kOptLevelSize ? 3 : level]);
  passes.run(module, modules);
}

}  // namespace weir
