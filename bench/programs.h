// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of programs.def, and the BPF object that the build made of each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "frontend/isa/program.h"
#include "measure/inputs.h"
#include "measure/machine.h"

namespace weir::bench {

using namespace measure;

enum class Set : uint8_t { kFloor, kTuned, kHeldOut };
std::string_view set_name(Set set);

enum class State : uint8_t { kRepeat, kFresh };

// What a program is given: bytes, or a frame at XDP, and maps.
enum class Hook : uint8_t { kBytes, kXdp };

struct BenchProgram {
  std::string_view name;
  std::string_view source;    // as in programs.def
  std::string_view function;  // of the source; the entry function of the object
  Hook hook;
  InputKind inputs;
  Set set;
  State state;
};

std::span<const BenchProgram> programs();

// The machine, and the clang that made the programs.
std::vector<MachineFact> bench_facts();

// The file that clang -target bpf made of it.
std::string object_path(const BenchProgram& program);

// What clang -target bpf made of the program, or of another function in its file, linked.
Result<Program> load_bpf(const BenchProgram& program, std::string_view function = {});
// A function of any file.
Result<Program> load_bpf_file(const std::string& path, std::string_view function);

}  // namespace weir::bench
