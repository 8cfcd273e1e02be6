// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything a user can choose that changes the machine code. The cache key takes this struct apart
// field by field (compile_key.cpp), so that a new option cannot be forgotten there.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "runtime/abi/branch_profile.h"
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

// Beside -O0 to -O3: -Os, small code.
inline constexpr uint8_t kOptLevelSize = 4;
// "0" to "3", "s".
std::string_view opt_level_name(uint8_t level);
std::optional<uint8_t> opt_level_from_name(std::string_view name);

struct CompileOptions {
  Policy policy = Policy::kGuard;
  uint8_t opt_level = 2;  // -O0 .. -O3, kOptLevelSize
  CpuSpec cpu;
  ContextKind context = ContextKind::kMemory;
  HelperSet helpers = HelperSet::kNone;
  DebugInfo debug_info = DebugInfo::kSource;
  // False: subprograms stay calls, and so do the map helpers that could be done in place. To see
  // what inlining is worth.
  bool inlining = true;
  // Of runs of this program: which way it goes most. Null: nothing is known.
  std::shared_ptr<const BranchProfile> profile;
};

}  // namespace weir
