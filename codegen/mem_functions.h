// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "frontend/support/result.h"

namespace llvm {
class Module;
}

namespace weir {

// Links memset, memcpy and kin (mem_functions.c) into an optimised module that has its triple and
// data layout. After optimisation, because LLVM would not keep them through it.
Status add_mem_functions(llvm::Module& module);

}  // namespace weir
