// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler as a shared library that is loaded only when something has to be compiled, so that a
// process with a warm cache never maps LLVM. Both sides are of the same build: the table is checked
// by its identity, not versioned.
#pragma once

#include "codegen/code_report.h"
#include "codegen/compiler.h"
#include "codegen/machine_code.h"

namespace weir {

struct CompilerPlugin {
  std::string_view identity;  // compiler_identity() of the build that made it
  decltype(&weir::compile_object) compile_object;
  decltype(&weir::compile_jit) compile_jit;
  decltype(&weir::list_code) list_code;
  decltype(&weir::report_code) report_code;
  decltype(&weir::read_elf_function) read_elf_function;
  decltype(&weir::analyze_machine_code) analyze_machine_code;
  decltype(&weir::estimate_cycles) estimate_cycles;
};

// The one symbol of libweir-compiler.so: const CompilerPlugin* weir_compiler_plugin().
inline constexpr const char* kCompilerPluginSymbol = "weir_compiler_plugin";

}  // namespace weir
