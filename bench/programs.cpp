// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/programs.h"

#include <string>

#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"

namespace weir::bench {

namespace {

constexpr BenchProgram kPrograms[] = {
#define WEIR_BENCH(name, source, function, inputs, set, state) \
  {#name, #source, #function, Hook::kBytes, InputKind::inputs, Set::set, State::state},
#define WEIR_BENCH_XDP(name, source, function, inputs, set, state) \
  {#name, #source, #function, Hook::kXdp, InputKind::inputs, Set::set, State::state},
#include "bench/programs.def"
#undef WEIR_BENCH
#undef WEIR_BENCH_XDP
};

}  // namespace

std::string_view set_name(Set set) {
  switch (set) {
    case Set::kFloor: return "floor";
    case Set::kTuned: return "tuned";
    case Set::kHeldOut: return "held-out";
  }
  return "";
}

std::span<const BenchProgram> programs() {
  return kPrograms;
}

std::vector<MachineFact> bench_facts() {
  std::vector<MachineFact> facts = machine_facts();
  facts.push_back({"clang", WEIR_BENCH_CLANG_VERSION});
  facts.push_back({"bpf", "clang " WEIR_BENCH_BPF_FLAGS});
  return facts;
}

std::string object_path(const BenchProgram& program) {
  return std::string(WEIR_BENCH_OBJECTS) + "/" + std::string(program.name) + ".bpf.o";
}

Result<Program> load_bpf(const BenchProgram& program, std::string_view function) {
  return load_bpf_file(object_path(program), function.empty() ? program.function : function);
}

Result<Program> load_bpf_file(const std::string& path, std::string_view function) {
  WEIR_TRY(const std::vector<uint8_t> bytes, read_object_bytes(path));
  WEIR_TRY(const ObjectFile object, read_elf(bytes, path));
  WEIR_TRY(const FunctionSymbol* entry, object.find_program(function));
  return link_program(object, *entry);
}

}  // namespace weir::bench
