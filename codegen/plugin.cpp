// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/compiler_plugin.h"
#include "runtime/abi/compile_key.h"

extern "C" __attribute__((visibility("default"))) const weir::CompilerPlugin*
weir_compiler_plugin() {
  static const weir::CompilerPlugin plugin = {
      .identity = weir::compiler_identity(),
      .compile_object = &weir::compile_object,
      .compile_jit = &weir::compile_jit,
      .list_code = &weir::list_code,
      .report_code = &weir::report_code,
      .read_elf_function = &weir::read_elf_function,
      .analyze_machine_code = &weir::analyze_machine_code,
      .estimate_cycles = &weir::estimate_cycles,
  };
  return &plugin;
}
