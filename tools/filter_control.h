// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "tools/command.h"

namespace weir::tool {

// weir filter load, replace, unload, list, stats, watch.
void add_filter_control(CLI::App& filter, Exit& exit);

}  // namespace weir::tool
