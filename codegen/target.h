// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <memory>
#include <string>

#include "frontend/support/result.h"
#include "runtime/abi/cpu.h"

namespace llvm {
class TargetMachine;
class Module;
}  // namespace llvm

namespace weir {

// LLVM's name of what code for an architecture is made for; its parts of LLVM can be used from
// then.
std::string target_triple(Arch arch);

// A TargetMachine for a CPU: position-independent, small code model. Full target knowledge (triple,
// data layout, features) is what the optimiser's cost models live on.
Result<std::unique_ptr<llvm::TargetMachine>> make_target_machine(const CpuSpec& cpu,
                                                                 uint8_t opt_level);

// Gives module and functions the target's triple, data layout and feature attributes.
void set_target(llvm::Module& module, const llvm::TargetMachine& machine);

}  // namespace weir
