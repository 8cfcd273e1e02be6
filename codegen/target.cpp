// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/target.h"

#include "runtime/abi/compile_options.h"

#include <mutex>

#include <fmt/format.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>

namespace weir {

namespace {

struct TargetName {
  const char* triple;
  const char* cpu;
};

// The CPU name sets scheduling and tuning only; features come from the CpuSpec.
TargetName target_name(Arch arch) {
  switch (arch) {
    case Arch::kX86_64: return {"x86_64-unknown-linux-gnu", "x86-64"};
    case Arch::kAarch64: return {"aarch64-unknown-linux-gnu", "generic"};
  }
  return {"", ""};
}

void initialize_targets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86Disassembler();
  });
}

llvm::CodeGenOptLevel codegen_level(uint8_t level) {
  switch (level) {
    case 0: return llvm::CodeGenOptLevel::None;
    case 1: return llvm::CodeGenOptLevel::Less;
    case 2:
    case kOptLevelSize: return llvm::CodeGenOptLevel::Default;
    default: return llvm::CodeGenOptLevel::Aggressive;
  }
}

}  // namespace

std::string target_triple(Arch arch) {
  initialize_targets();
  return target_name(arch).triple;
}

Result<std::unique_ptr<llvm::TargetMachine>> make_target_machine(const CpuSpec& cpu,
                                                                 uint8_t opt_level) {
  initialize_targets();
  const TargetName name = target_name(cpu.arch);
  std::string message;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(name.triple, message);
  if (!target) {
    return Error(ErrorCode::kCompilerTarget,
                 fmt::format("this build has no code generator for {}", arch_name(cpu.arch)));
  }
  llvm::TargetOptions options;
  options.FunctionSections =
      true;  // unused support functions are left out when the object is linked
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      name.triple, name.cpu, cpu_llvm_features(cpu), options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, codegen_level(opt_level)));
  if (!machine) {
    return Error(ErrorCode::kCompilerTarget, fmt::format("LLVM cannot make code for {} ({})",
                                                         arch_name(cpu.arch), cpu_to_string(cpu)));
  }
  return machine;
}

void set_target(llvm::Module& module, const llvm::TargetMachine& machine) {
  module.setTargetTriple(machine.getTargetTriple().str());
  module.setDataLayout(machine.createDataLayout());
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
  }
}

}  // namespace weir
