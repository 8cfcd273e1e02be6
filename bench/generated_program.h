// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <cstddef>

#include "frontend/isa/program.h"

namespace weir::bench {

// A random program of about that many instructions: arithmetic on loads from the packet between
// branches forward, as a large filter has. It needs a packet of 64 bytes.
Result<Program> generated_program(size_t instructions);

}  // namespace weir::bench
