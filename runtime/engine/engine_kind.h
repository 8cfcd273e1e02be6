// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

enum class EngineKind : uint8_t {
  kInterp,  // the interpreter: starts at once, the reference for meaning
  kJit,     // machine code compiled into this process
  kAot,     // machine code of a native object: from the cache, or compiled and put there
  kAuto,    // aot if that can be had, else the interpreter
};

// "interp", "jit", "aot", "auto".
std::string_view engine_name(EngineKind kind);
std::optional<EngineKind> engine_from_name(std::string_view name);

}  // namespace weir
