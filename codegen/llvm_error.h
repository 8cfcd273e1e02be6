// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one place where LLVM's errors become ours.
#pragma once

#include <llvm/Support/Error.h>

#include "frontend/support/result.h"

namespace weir {

inline Error from_llvm(llvm::Error error, const std::string& doing) {
  return Error(ErrorCode::kCompilerFailed, doing + ": " + llvm::toString(std::move(error)));
}

}  // namespace weir
