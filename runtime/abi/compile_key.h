// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the machine code of a program depends on, as tagged fields. The cache hashes them into a
// key; `weir cache explain` prints them.
#pragma once

#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "runtime/abi/compile_options.h"

namespace weir {

struct CompileKeyField {
  std::string tag;
  std::vector<uint8_t> value;
  bool text = false;  // value is printable text
};

// All fields for one program, in a fixed order. Needs no LLVM.
std::vector<CompileKeyField> compile_key_fields(const Program& program,
                                                const CompileOptions& options);

// "weir 0.1.0, LLVM 19.1.7": the compiler this build of weir uses (generated/weir/version.h).
std::string_view compiler_identity();

}  // namespace weir
