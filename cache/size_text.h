// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes as people write them: "500M", "1.5Gi", "4096".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "frontend/support/result.h"

namespace weir {

// A number of bytes: digits, an optional fraction of at most six digits, an optional space, an
// optional unit, an optional "B". Units: k (or K), M, G, T are powers of 1000; Ki, Mi, Gi, Ti
// powers of 1024. Fractions of a byte are dropped. Errors: Usage, Limit (2^64 bytes or more).
Result<uint64_t> parse_size(std::string_view text);

// One digit after the point, binary units: "0 B", "512 B", "1.5 KiB", "20.0 MiB". parse_size()
// takes it back (rounded).
std::string format_size(uint64_t bytes);

}  // namespace weir
