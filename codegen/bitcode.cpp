// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/bitcode.h"

#include <llvm/ADT/StringSet.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/Module.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>

#include "codegen/llvm_error.h"
#include "runtime/abi/inlined.h"

// The bitcode, put into this library at build time.
#define WEIR_EMBED(name, path)                                                         \
  __asm__(".section .rodata\n.balign 16\n" name "_begin:\n.incbin \"" path "\"\n" name \
          "_end:\n.byte 0\n.previous\n")
WEIR_EMBED("weir_mem_functions", WEIR_MEM_FUNCTIONS_BC);
WEIR_EMBED("weir_map_functions", WEIR_MAP_FUNCTIONS_BC);
extern "C" {
__attribute__((visibility("hidden"))) extern const char weir_mem_functions_begin[];
__attribute__((visibility("hidden"))) extern const char weir_mem_functions_end[];
__attribute__((visibility("hidden"))) extern const char weir_map_functions_begin[];
__attribute__((visibility("hidden"))) extern const char weir_map_functions_end[];
}

namespace weir {

namespace {

Status link(llvm::Module& module, const char* begin, const char* end, llvm::StringRef name,
            unsigned flags) {
  const llvm::StringRef bitcode(begin, static_cast<size_t>(end - begin));
  auto support = llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, name), module.getContext());
  if (!support) return from_llvm(support.takeError(), "reading weir's " + name.str());
  (*support)->setTargetTriple(module.getTargetTriple());
  (*support)->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(*support), flags))
    return Error(ErrorCode::kCompilerFailed, "linking weir's " + name.str() + " failed");
  return {};
}

}  // namespace

Status add_mem_functions(llvm::Module& module) {
  return link(module, weir_mem_functions_begin, weir_mem_functions_end, "memory functions",
              llvm::Linker::Flags::None);
}

Status add_map_functions(llvm::Module& module) {
  if (!module.getFunction(kInlinedMapLookup) && !module.getFunction(kInlinedLpmLookup) &&
      !module.getFunction(kInlinedMapUpdate)) {
    return {};
  }
  llvm::StringSet<> mine;
  for (const llvm::Function& function : module) {
    if (!function.isDeclaration()) mine.insert(function.getName());
  }
  WEIR_CHECK(link(module, weir_map_functions_begin, weir_map_functions_end, "map functions",
                  llvm::Linker::Flags::LinkOnlyNeeded));
  // Nobody outside calls them.
  for (llvm::Function& function : module) {
    if (function.isDeclaration() || mine.contains(function.getName())) continue;
    function.setLinkage(llvm::Function::InternalLinkage);
    function.setComdat(nullptr);
  }
  return {};
}

}  // namespace weir
