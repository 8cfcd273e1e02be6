// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known of a helper without running it. A program is analysed and compiled for one helper
// set; the ExecContext of a run must offer the same one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

enum class HelperSet : uint8_t { kNone, kConformance };
enum class HelperEffect : uint8_t { kReturns, kUnwinds };

struct HelperInfo {
  uint32_t number;
  std::string_view name;
  uint8_t arguments;  // r1 .. r<arguments> are read
  HelperSet set;
  HelperEffect effect;
};

// The helper of that number in the set, or null.
const HelperInfo* find_helper(HelperSet set, uint64_t number);

std::string_view helper_set_name(HelperSet set);

}  // namespace weir
