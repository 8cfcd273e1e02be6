// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler of the weir command: libweir-compiler.so, loaded when the first program has to be
// compiled. LLVM takes 100 MB of address space and several milliseconds to load; a run with a warm
// cache never pays them.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "codegen/compiler_plugin.h"
#include "runtime/engine/compiler_provider.h"

namespace weir::tool {

class PluginCompiler final : public CompilerProvider {
 public:
  Result<std::vector<uint8_t>> compile_object(std::span<const VerifiedProgram> programs) override;
  Result<JitEntry> compile_jit(const VerifiedProgram& program) override;
  // Loads it now. Error: there is none.
  Status preload();
  // For those who look at code: all that the compiler has.
  Result<const CompilerPlugin*> plugin();
  // For weir objdump; no engine needs it.
  Result<std::vector<ListingLine>> list_code(const VerifiedProgram& program, Listing what);

 private:
  std::once_flag once_;
  const CompilerPlugin* plugin_ = nullptr;
  std::optional<Error> problem_;  // why there is none
};

}  // namespace weir::tool
