// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The library's border for exceptions. Its own code throws none, but the standard library throws
// when memory runs out, and a host must not die because its cache could not have a string.
#pragma once

#include <exception>
#include <new>

#include "frontend/support/result.h"

namespace weir {

// What `call` returns (some Result<T>), or OutOfMemory in place of std::bad_alloc.
template <class Call>
auto without_exceptions(Call&& call) noexcept -> decltype(call()) {
  // These messages are short enough to live in the string itself: they need no memory.
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOutOfMemory, "out of memory");
  } catch (const std::exception&) {
    return Error(ErrorCode::kInternal, "exception");
  }
}

}  // namespace weir
