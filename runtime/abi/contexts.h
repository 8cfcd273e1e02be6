// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

enum class ContextKind : uint8_t {
#define WEIR_CONTEXT(Name, name, prefix, text) k##Name,
#include "runtime/abi/contexts.def"
#undef WEIR_CONTEXT
};

std::string_view context_name(ContextKind kind);
std::string_view context_text(ContextKind kind);
std::optional<ContextKind> context_from_name(std::string_view name);
// By the longest section prefix that ends at '/' or at the end: "filter/ip/v4" is kIp.
// Unknown sections are kMemory.
ContextKind context_from_section(std::string_view section);

}  // namespace weir
