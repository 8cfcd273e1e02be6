// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel's verifier behind one call: is a program accepted, and what does the log say if not.
#pragma once

#include <string>

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"
#include "runtime/abi/contexts.h"

namespace weir::kernel_test {

struct KernelVerdict {
  bool accepted = false;
  std::string log;  // the end of what the verifier said; of a refusal without log, the error
};

// Loads raw instructions whose map references are map_fd(N) and map_value(N, offset) for the N-th
// of `maps`, which are created for it. Nothing stays behind.
KernelVerdict load_into_kernel(ByteSpan code, const std::vector<MapDef>& maps, ContextKind kind,
                               std::string_view section);

// Loads one program of an object file with libbpf, as a user would.
KernelVerdict load_object_program(const std::string& path, const std::string& program);

// Empty if programs can be loaded here, else why not.
std::string why_no_kernel();

}  // namespace weir::kernel_test
