// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What machine code is made of, and what a model of the CPU expects of it. It takes bytes of any
// origin: weir's, clang's, the kernel's. Nothing of LLVM crosses this border.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

struct MachineInsn {
  uint32_t at = 0;  // offset in the code
  uint8_t size = 0;
  bool load = false, store = false;  // has a memory operand; not for push, pop, call and return
  bool branch = false;               // a jump of any kind
  bool call = false;
  bool unknown = false;  // no instruction of this architecture
  uint32_t block = 0;    // in MachineCode::blocks
  double cycles = 0;     // its share of the block's
  std::string text;      // Intel syntax on x86
};

// Instructions that only run together.
struct MachineBlock {
  uint32_t first = 0, count = 0;  // in MachineCode::insns
  double cycles = 0;              // for one run of it among many, by LLVM-MCA
};

struct MachineCode {
  std::string model;  // whose timing: LLVM's name of a CPU
  std::vector<MachineInsn> insns;
  std::vector<MachineBlock> blocks;
  // The largest frame: what a function pushes and takes from the stack pointer where it begins.
  uint32_t stack = 0;
};

// `model` is empty for this machine's CPU. Errors: kCompilerTarget for a CPU without a model.
Result<MachineCode> analyze_machine_code(ByteSpan code, std::string_view model);

// Code that was run, step by step: LLVM-MCA is given just these instructions, in this order, with
// perfect prediction and everything in the first-level cache.
struct Estimate {
  std::string model;
  double cycles = 0, uops = 0;                        // of the whole trace
  std::vector<std::pair<std::string, double>> ports;  // cycles that each is busy; those that are
};
// `trace`: indexes into code.insns. What lies outside of the code (helpers) is not in it.
Result<Estimate> estimate_cycles(ByteSpan code, const MachineCode& analyzed,
                                 std::span<const uint32_t> trace);

}  // namespace weir
