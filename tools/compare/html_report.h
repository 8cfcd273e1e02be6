// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A comparison (docs/COMPARE.md) as one HTML page that needs nothing beside it.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace weir::tool {

std::string html_report(const nlohmann::ordered_json& comparison);

}  // namespace weir::tool
