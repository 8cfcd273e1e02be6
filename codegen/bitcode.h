// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that are compiled to LLVM bitcode when weir is built, and become part of the programs
// that need them.
#pragma once

#include "frontend/support/result.h"

namespace llvm {
class Module;
}

namespace weir {

// Links memset, memcpy and kin (mem_functions.c) into an optimised module that has its triple and
// data layout. After optimisation, because LLVM would not keep them through it.
Status add_mem_functions(llvm::Module& module);

// Links the map operations (runtime/maps/inlined.cpp) that the module declares into it, to be
// inlined. Before optimisation, and themselves not optimised: shapes are constants only where they
// are called.
Status add_map_functions(llvm::Module& module);

}  // namespace weir
