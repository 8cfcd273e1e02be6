// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The files of this folder, as they are compiled into the program. Made by embed.cmake.
#pragma once

#include <string_view>

namespace weir::tool {

extern const std::string_view kReportHtml;
extern const std::string_view kReportCss;
extern const std::string_view kReportJs;  // the scripts one after another, inside one function

}  // namespace weir::tool
