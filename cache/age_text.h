// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times as people write them: "90", "12h", "30d"; "2026-11-22", "2026-11-22T08:00:00Z".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "frontend/support/result.h"

namespace weir {

// A number of s, m, h, d or w; seconds without a unit. At most a century. Errors: Usage.
Result<std::chrono::seconds> parse_age(std::string_view text);
// "90s", "12h", "30d": the largest unit that says it exactly.
std::string format_age(std::chrono::seconds age);

// Seconds since 1970 of a day or of a time, in UTC. Errors: Usage.
Result<int64_t> parse_time(std::string_view text);
// "2026-11-22T08:00:00Z".
std::string format_time(int64_t seconds);

}  // namespace weir
