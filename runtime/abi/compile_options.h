// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything a user can choose that changes the machine code. The cache key takes this struct apart
// field by field (compile_key.cpp), so that a new option cannot be forgotten there.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/abi/contexts.h"
#include "runtime/abi/cpu.h"
#include "runtime/abi/helpers.h"

namespace weir {

// What happens to an access that is not proven safe: docs/ARCHITECTURE.md, "Policies".
enum class Policy : uint8_t {
  kStrict,   // the program is rejected
  kGuard,    // the access is checked at run time
  kTrusted,  // nothing is checked: for measurements only
};
std::string_view policy_name(Policy policy);
std::optional<Policy> policy_from_name(std::string_view name);

// What the DWARF line table of a native object maps code to.
enum class DebugInfo : uint8_t {
  kNone,
  kSource,  // source lines, where the program has line information: for gdb and llvm-objdump -S
  kInstructions,  // line N+1 stands for instruction index N: for weir objdump
};

struct CompileOptions {
  Policy policy = Policy::kGuard;
  uint8_t opt_level = 2;  // -O0 .. -O3
  CpuSpec cpu;
  ContextKind context = ContextKind::kMemory;
  HelperSet helpers = HelperSet::kNone;
  DebugInfo debug_info = DebugInfo::kSource;
};

}  // namespace weir
