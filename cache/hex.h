// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Digests and key ids as hex digits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

// Lower case.
std::string to_hex(ByteSpan bytes);

// Fills `out` from exactly as many hex digits of either case; else a Usage error that calls it
// `what`.
Status parse_hex_exactly(std::string_view text, std::span<uint8_t> out, std::string_view what);

}  // namespace weir
