// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Manual pages and the shell's completion, made of the same commands, options and texts as --help:
// a build installs what `weir manual` writes.
#pragma once

#include "tools/command.h"

namespace weir::tool {

// Adds the hidden command; `app` has all others.
void add_manual_command(CLI::App& app, Exit& exit);

}  // namespace weir::tool
