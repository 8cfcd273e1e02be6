// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/engine_kind.h"

#include <iterator>

namespace weir {

namespace {
constexpr std::string_view kNames[] = {"interp", "jit", "aot", "auto"};
}  // namespace

std::string_view engine_name(EngineKind kind) {
  return kNames[static_cast<size_t>(kind)];
}

std::optional<EngineKind> engine_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<EngineKind>(i);
  }
  return std::nullopt;
}

}  // namespace weir
