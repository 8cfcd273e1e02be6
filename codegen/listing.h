// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Code as text, each line with the instruction of the program that it was made for: by a line table
// in which line N+1 stands for instruction N (DebugInfo::kInstructions). Internal to codegen.
#pragma once

#include "codegen/compiler.h"
#include "runtime/abi/artifact_writer.h"

namespace llvm {
class Module;
}

namespace weir {

std::optional<uint32_t> insn_of_line(unsigned line);

// Takes the module's debug locations out.
std::vector<ListingLine> list_module(llvm::Module& module);

Result<std::vector<ListingLine>> list_machine_code(const NativeParts& parts, Arch arch);

}  // namespace weir
