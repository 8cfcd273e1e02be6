// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which functions the program sections hold, and which of them are programs. Internal to
// frontend/object; the rules are in function_table.cpp.
#pragma once

#include "frontend/object/object_file.h"

namespace weir {

// Fills object.functions from object.sections and object.symbols.
Status derive_functions(ObjectFile& object);

// True for a name that a compiler or an assembler gave to a place in the middle of something:
// "LBB0_3" (clang writes them into the symbol table), ".Ltmp1".
bool is_local_label(const Symbol& symbol);

}  // namespace weir
