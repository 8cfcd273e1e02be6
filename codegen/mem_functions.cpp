// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/mem_functions.h"

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/Module.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>

#include "codegen/llvm_error.h"

// The bitcode, put into this library at build time.
__asm__(
    ".section .rodata\n"
    ".balign 16\n"
    "weir_mem_functions_begin:\n"
    ".incbin \"" WEIR_MEM_FUNCTIONS_BC
    "\"\n"
    "weir_mem_functions_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" __attribute__((visibility("hidden"))) const char weir_mem_functions_begin[];
extern "C" __attribute__((visibility("hidden"))) const char weir_mem_functions_end[];

namespace weir {

Status add_mem_functions(llvm::Module& module) {
  const llvm::StringRef bitcode(
      weir_mem_functions_begin,
      static_cast<size_t>(weir_mem_functions_end - weir_mem_functions_begin));
  auto support =
      llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, "mem_functions"), module.getContext());
  if (!support) return from_llvm(support.takeError(), "reading weir's memory functions");
  (*support)->setTargetTriple(module.getTargetTriple());
  (*support)->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(*support))) {
    return Error(ErrorCode::kCompilerFailed, "linking weir's memory functions failed");
  }
  return {};
}

}  // namespace weir
