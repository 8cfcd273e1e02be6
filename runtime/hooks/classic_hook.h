// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a classic filter becomes at each hook: where it finds the packet, and which results mean
// that it took it.
#pragma once

#include "frontend/isa/cbpf_convert.h"
#include "runtime/abi/contexts.h"

namespace weir {

// Where programs stand that nobody said another hook for: what tcpdump writes is about frames.
inline constexpr std::string_view kClassicSection = "filter/frame";

// The error (kProgramUnsupported) lists the hooks that take one.
Result<ClassicTarget> classic_target(ContextKind kind);

}  // namespace weir
