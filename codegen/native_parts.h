// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <span>

#include "frontend/verifier/facts.h"
#include "runtime/abi/artifact_writer.h"

namespace weir {

class EmitObserver;

// All of compile_object() but the last step: what the native object is written from.
Result<NativeParts> native_parts(std::span<const VerifiedProgram> programs, EmitObserver* observer);

}  // namespace weir
