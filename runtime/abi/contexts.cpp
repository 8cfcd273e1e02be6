// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/contexts.h"

namespace weir {

namespace {
struct Row {
  std::string_view name, prefix, text;
};
constexpr Row kRows[] = {
#define WEIR_CONTEXT(Name, name, prefix, text) {name, prefix, text},
#include "runtime/abi/contexts.def"
#undef WEIR_CONTEXT
};
const Row& row(ContextKind kind) {
  return kRows[static_cast<size_t>(kind)];
}
}  // namespace

std::string_view context_name(ContextKind kind) {
  return row(kind).name;
}
std::string_view context_text(ContextKind kind) {
  return row(kind).text;
}

std::optional<ContextKind> context_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].name == name) return static_cast<ContextKind>(i);
  }
  return std::nullopt;
}

ContextKind context_from_section(std::string_view section) {
  ContextKind best = ContextKind::kMemory;
  size_t length = 0;
  for (size_t i = 0; i < std::size(kRows); ++i) {
    const std::string_view prefix = kRows[i].prefix;
    if (prefix.size() > length && section.starts_with(prefix) &&
        (section.size() == prefix.size() || section[prefix.size()] == '/')) {
      best = static_cast<ContextKind>(i);
      length = prefix.size();
    }
  }
  return best;
}

}  // namespace weir
