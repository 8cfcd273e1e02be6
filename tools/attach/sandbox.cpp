// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/sandbox.h"

#include <sys/prctl.h>

#include "tools/attach/event_loop.h"

namespace weir::attach {

Status enter_sandbox() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return io_error("give up gaining privileges");
  return {};
}

}  // namespace weir::attach
