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
  };
  return &plugin;
}
