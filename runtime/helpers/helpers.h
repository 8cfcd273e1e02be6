// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions behind helpers.def, one for each row, by its Name. All have the type HelperFn;
// arguments are as the engines hand them over: memory has been checked, maps are Map*, the context
// is a PacketContext*. Results are the kernel's: a value, or a negative errno.
#pragma once

#include "runtime/abi/exec_context.h"

namespace weir::helpers {

#define WEIR_HELPER(number, Name, name, set, hooks, result, effect, ...)         \
  uint64_t Name(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, \
                ExecContext* context);
#define WEIR_CALLBACK_HELPER(number, name, hooks, ...)
#include "runtime/abi/helpers.def"
#undef WEIR_HELPER
#undef WEIR_CALLBACK_HELPER

}  // namespace weir::helpers
