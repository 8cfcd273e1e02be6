// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <span>
#include <string>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/artifact_writer.h"

namespace weir {

// Turns LLVM's object file into code in which nothing is left to resolve: the sections that the
// entry points need, code first, then constants, every reference between them filled in. A
// reference to anything else is an error with its name. Debug sections are resolved against the
// start of .text. Fills text, manifest.code_size, symbols and debug_sections of the result.
Result<NativeParts> link_object(ByteSpan elf, std::span<const std::string> entry_symbols);

}  // namespace weir
