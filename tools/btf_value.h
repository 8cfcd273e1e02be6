// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes of a map as the values that BTF says they are, and back. In JSON a struct or union is an
// object, an array a list, an array of characters a string where it holds text, an enumerator its
// name, an IPv4 address or any other integer a number.
#pragma once

#include <vector>

#include "frontend/object/btf.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "tools/output.h"

namespace weir::tool {

// Bytes that are not there read as zeros. What BTF has no size for is hex digits.
Json value_to_json(const Btf& btf, uint32_t type_id, ByteSpan bytes);

// `size` bytes. Members that are not named are zero. kUsage: what does not fit where.
Result<std::vector<uint8_t>> value_from_json(const Btf& btf, uint32_t type_id, const Json& json,
                                             size_t size);

// "5", "-1", "0x1f", "10.0.0.1" (its bytes in that order), "hex:0a000001" or JSON; `btf` may be
// null.
Result<std::vector<uint8_t>> parse_value(const Btf* btf, uint32_t type_id, size_t size,
                                         const std::string& text, std::string_view what);

}  // namespace weir::tool
