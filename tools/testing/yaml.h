// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// YAML as JSON values, so that what reads test files knows one form only.
#pragma once

#include <string>

#include "frontend/support/bytes.h"
#include "tools/output.h"

namespace weir::tool {

// One document. Plain scalars that look like numbers (5, -1, 0x1f), booleans or null are those;
// quoted ones, and all under the key `hex`, are text. kUsage: what is malformed, and where.
Result<Json> yaml_to_json(ByteSpan text);
// Block style; text is quoted where it would read as something else.
std::string json_to_yaml(const Json& json);

}  // namespace weir::tool
