// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The JIT engine: the same pipeline up to LLVM's object, which ORC then links into this process.
// The JITDylib defines nothing and searches nowhere: code that needed a symbol of the host would
// not link.
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Support/MemoryBuffer.h>

#include "codegen/compiler.h"
#include "codegen/emit_object.h"
#include "codegen/llvm_error.h"
#include "codegen/target.h"
#include "runtime/abi/cpu.h"

namespace weir {

namespace {

class OrcCode final : public JitCode {
 public:
  OrcCode(std::unique_ptr<llvm::orc::LLJIT> jit, EntryFn entry)
      : jit_(std::move(jit)), entry_(entry) {}
  EntryFn entry() const override { return entry_; }

 private:
  std::unique_ptr<llvm::orc::LLJIT> jit_;
  EntryFn entry_;
};

}  // namespace

Result<std::shared_ptr<const JitCode>> compile_jit(const VerifiedProgram& program) {
  const CpuSpec& wanted = program.options().cpu;
  if (!cpu_runs(host_cpu(), wanted)) {
    return Error(ErrorCode::kCompilerTarget,
                 "this machine lacks CPU features that the code would use: " +
                     cpu_missing(host_cpu(), wanted))
        .with_hint("choose --cpu native");
  }
  WEIR_TRY(EmittedObject emitted, emit_object(std::span(&program, 1)));

  llvm::orc::LLJITBuilder builder;
  builder.setLinkProcessSymbolsByDefault(false);
  // No constructors to run, no thread-local data: the platform that would need the host's symbols.
  builder.setPlatformSetUp(llvm::orc::setUpInactivePlatform);
  auto jit = builder.create();
  if (!jit) return from_llvm(jit.takeError(), "starting the JIT");
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(
      llvm::StringRef(emitted.elf.data(), emitted.elf.size()), "weir");
  if (llvm::Error error = (*jit)->addObjectFile(std::move(buffer))) {
    return from_llvm(std::move(error), "linking into the process");
  }
  auto address = (*jit)->lookup(emitted.symbols.front());
  if (!address) return from_llvm(address.takeError(), "linking into the process");
  const EntryFn entry = address->toPtr<EntryFn>();
  return std::shared_ptr<const JitCode>(std::make_shared<OrcCode>(std::move(*jit), entry));
}

}  // namespace weir
