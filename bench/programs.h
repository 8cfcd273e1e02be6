// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of programs.def, and the BPF object that the build made of each.
#pragma once

#include <span>
#include <string_view>

#include "frontend/isa/program.h"
#include "measure/inputs.h"
#include "measure/machine.h"

namespace weir::bench {

using namespace measure;

enum class Set : uint8_t { kFloor, kTuned, kHeldOut };
std::string_view set_name(Set set);

enum class State : uint8_t { kRepeat, kFresh };

struct BenchProgram {
  std::string_view name;
  std::string_view source;    // as in programs.def
  std::string_view function;  // of the source; the entry function of the object
  InputKind inputs;
  Set set;
  State state;
};

std::span<const BenchProgram> programs();

// The machine, and the clang that made the programs.
std::vector<MachineFact> bench_facts();

// What clang -target bpf made of the program, linked.
Result<Program> load_bpf(const BenchProgram& program);

}  // namespace weir::bench
