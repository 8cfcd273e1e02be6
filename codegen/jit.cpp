// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The JIT engine: the same pipeline up to LLVM's object, which ORC then links into this process.
// The JITDylib defines nothing and searches nowhere: code that needed a symbol of the host would
// not link.
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Object/ELFObjectFile.h>
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
  OrcCode(std::unique_ptr<llvm::orc::LLJIT> jit, EntryFn entry, ByteSpan machine_code)
      : jit_(std::move(jit)), entry_(entry), machine_code_(machine_code) {}
  EntryFn entry() const override { return entry_; }
  ByteSpan machine_code() const override { return machine_code_; }

 private:
  std::unique_ptr<llvm::orc::LLJIT> jit_;
  EntryFn entry_;
  ByteSpan machine_code_;
};

struct TextPlace {
  uint64_t offset = 0;  // of the entry point in the section
  uint64_t size = 0;    // of the section
};

// Where the section with the entry point lies around it: ORC keeps a section in one piece.
Result<TextPlace> text_around(llvm::MemoryBufferRef elf, llvm::StringRef entry) {
  auto object = llvm::object::ObjectFile::createELFObjectFile(elf);
  if (!object) return from_llvm(object.takeError(), "reading the object for the JIT");
  for (const llvm::object::SymbolRef& symbol : (*object)->symbols()) {
    auto name = symbol.getName();
    if (!name) return from_llvm(name.takeError(), "reading the object for the JIT");
    if (*name != entry) continue;
    auto offset = symbol.getValue();
    auto section = symbol.getSection();
    if (!offset) return from_llvm(offset.takeError(), "reading the object for the JIT");
    if (!section) return from_llvm(section.takeError(), "reading the object for the JIT");
    if (*section == (*object)->section_end()) break;
    return TextPlace{*offset, (*section)->getSize()};
  }
  return Error(ErrorCode::kInternal, "the object for the JIT lacks its entry point");
}

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
  WEIR_TRY(const TextPlace text,
           text_around({llvm::StringRef(emitted.elf.data(), emitted.elf.size()), "weir"},
                       emitted.symbols.front()));
  const EntryFn entry = address->toPtr<EntryFn>();
  const ByteSpan machine_code(reinterpret_cast<const uint8_t*>(entry) - text.offset, text.size);
  return std::shared_ptr<const JitCode>(
      std::make_shared<OrcCode>(std::move(*jit), entry, machine_code));
}

}  // namespace weir
