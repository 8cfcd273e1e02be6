// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler as a shared library that is loaded only when something has to be compiled, so that a
// process with a warm cache never maps LLVM. Both sides are of the same build: the table is checked
// by its identity, not versioned.
#pragma once

#include "codegen/compiler.h"

namespace weir {

struct CompilerPlugin {
  std::string_view identity;  // compiler_identity() of the build that made it
  decltype(&weir::compile_object) compile_object;
  decltype(&weir::compile_jit) compile_jit;
  decltype(&weir::list_code) list_code;
};

// The one symbol of libweir-compiler.so: const CompilerPlugin* weir_compiler_plugin().
inline constexpr const char* kCompilerPluginSymbol = "weir_compiler_plugin";

}  // namespace weir
