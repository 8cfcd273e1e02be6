// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/compile_options.h"

namespace weir {

std::string_view policy_name(Policy policy) {
  switch (policy) {
    case Policy::kStrict: return "strict";
    case Policy::kGuard: return "guard";
    case Policy::kTrusted: return "trusted";
  }
  return "unknown";
}

std::optional<Policy> policy_from_name(std::string_view name) {
  for (Policy p : {Policy::kStrict, Policy::kGuard, Policy::kTrusted}) {
    if (policy_name(p) == name) return p;
  }
  return std::nullopt;
}

}  // namespace weir
