// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF objects: read, linked, analysed. The same bytes give the same program twice, and what was
// linked is sound.
#include "tests/fuzz/mutators/elf.h"
#include "frontend/isa/disassembler.h"
#include "frontend/isa/program_bytes.h"
#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "frontend/verifier/verifier.h"
#include "runtime/abi/section_hook.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

namespace {

constexpr size_t kMostAnalysed = 400;  // instructions: the analysis has a target of its own

void link(const ObjectFile& object, const FunctionSymbol& function) {
  LinkOptions options;
  options.running_kernel = false;
  const auto program = link_program(object, function, options);
  if (!program) {
    (void)program.error().to_string();
    return;
  }
  fuzz::promise(check_structure(*program).has_value(), "a linked program is sound");
  const auto bytes = program_to_bytes(*program);
  const auto again = link_program(object, function, options);
  fuzz::promise(again && program_to_bytes(*again) == bytes, "linking twice gives the same program");
  const auto back = program_from_bytes(bytes);
  fuzz::promise(back && program_to_bytes(*back) == bytes, "a linked program travels as bytes");
  (void)disassemble(*program, Dialect::kKernel, {.slots = true, .source = true});
  if (program->insns.size() > kMostAnalysed) return;
  CompileOptions compile;
  compile.context = context_from_section(program->section);
  compile.helpers = HelperSet::kKernel;
  (void)verify(*program, compile);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::string> warnings;
  const auto object = read_elf({data, size}, "fuzz.o", &warnings);
  if (!object) {
    (void)object.error().to_string();
    return 0;
  }
  (void)object->find_program("");
  size_t linked = 0;
  for (const FunctionSymbol& function : object->functions) {
    if (++linked > 4) break;
    link(*object, function);
    (void)object->function_at(function.section, function.offset + function.size - 1);
    (void)object->line_at(function.section, function.offset);
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  fuzz::Random random(seed);
  if (random.one_in(8) || !fuzz::mutate_elf(data, size, random))
    return LLVMFuzzerMutate(data, size, most);
  return size;
}
