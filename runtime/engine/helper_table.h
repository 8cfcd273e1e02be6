// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "runtime/abi/exec_context.h"
#include "runtime/abi/helpers.h"

namespace weir {

// The functions of a helper set, for ExecContext::helpers: kHelperSlots entries, never null itself.
const HelperFn* helper_table(HelperSet set);

}  // namespace weir
