// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir::tool {

// Bytes written as two hex digits each, with blanks, line ends, commas and colons between them.
// `what` names the text in the error (kUsage).
Result<std::vector<uint8_t>> parse_hex(std::string_view text, std::string_view what);

// True if parse_hex() would take it and it is not empty.
bool looks_like_hex(std::string_view text);

// "aabb01"
std::string to_hex(ByteSpan bytes);

// Sixteen bytes a line: offset, bytes, characters.
std::string hex_dump(ByteSpan bytes);

}  // namespace weir::tool
