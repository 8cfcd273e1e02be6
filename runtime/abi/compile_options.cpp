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

std::string_view opt_level_name(uint8_t level) {
  constexpr std::string_view kNames[] = {"0", "1", "2", "3", "s"};
  return level <= kOptLevelSize ? kNames[level] : "unknown";
}

std::optional<uint8_t> opt_level_from_name(std::string_view name) {
  for (uint8_t level = 0; level <= kOptLevelSize; ++level) {
    if (opt_level_name(level) == name) return level;
  }
  return std::nullopt;
}

std::optional<Policy> policy_from_name(std::string_view name) {
  for (Policy p : {Policy::kStrict, Policy::kGuard, Policy::kTrusted}) {
    if (policy_name(p) == name) return p;
  }
  return std::nullopt;
}

}  // namespace weir
