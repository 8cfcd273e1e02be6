// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Result<T>: a T or an Error. A class of its own because [[nodiscard]] on an alias of
// std::expected is not honoured by the compilers we build with.
#pragma once

#include <expected>
#include <utility>

#include "frontend/support/error.h"

namespace weir {

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}
  // The error, moved out, for passing on: `return std::move(r).take_error();`
  Error take_error() { return std::move(this->error()); }
};

using Status = Result<void>;

// WEIR_TRY(auto x, expr): x is the value of expr, or the enclosing function returns its Error.
// WEIR_CHECK(expr): the same for a Status.
#define WEIR_CONCAT_(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_(a, b)
#define WEIR_TRY(decl, expr)                                                         \
  auto WEIR_CONCAT(try_, __LINE__) = (expr);                                         \
  if (!WEIR_CONCAT(try_, __LINE__)) return WEIR_CONCAT(try_, __LINE__).take_error(); \
  decl = std::move(*WEIR_CONCAT(try_, __LINE__))
#define WEIR_CHECK(expr)                     \
  do {                                       \
    auto check_ = (expr);                    \
    if (!check_) return check_.take_error(); \
  } while (0)

}  // namespace weir
