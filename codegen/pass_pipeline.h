// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <cstdint>

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace weir {

// LLVM's default pipeline of a level (0..3), with the target's cost models.
void optimize(llvm::Module& module, llvm::TargetMachine& machine, uint8_t level);

}  // namespace weir
