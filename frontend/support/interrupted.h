// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host's signals are no reason to fail: system calls that one interrupts (EINTR) are made again.
#pragma once

#include <cerrno>

namespace weir {

// What `call` gives, -1 being a failure with errno.
template <class Call>
auto again_if_interrupted(Call&& call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace weir
