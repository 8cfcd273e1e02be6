// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a process that filters gives up once it runs: it may never gain privileges, and calls of the
// kernel that it has no use for fail.
#pragma once

#include "frontend/support/result.h"

namespace weir::attach {

// For all threads of the process, and for good. Without libseccomp only no_new_privs is set.
Status enter_sandbox();

}  // namespace weir::attach
