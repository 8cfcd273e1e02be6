// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Program as bytes, as native objects and compile requests carry it: what is accepted is sound,
// is written as the same bytes, and the analysis takes it or says why not.
#include "frontend/isa/program_bytes.h"
#include "frontend/isa/disassembler.h"
#include "frontend/verifier/verifier.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto program = program_from_bytes({data, size});
  if (!program) return 0;
  fuzz::promise(check_structure(*program).has_value(), "an accepted program is sound");
  const auto again = program_to_bytes(*program);
  fuzz::promise(again.size() == size && std::equal(again.begin(), again.end(), data),
                "accepted bytes are what the writer writes");
  (void)disassemble(*program, Dialect::kKernel, {.slots = true, .source = true});
  if (program->insns.size() > 2000) return 0;
  CompileOptions options;
  options.context = static_cast<ContextKind>(program->insns.size() % kContextCount);
  options.helpers = HelperSet::kKernel;
  (void)verify(*program, options);
  return 0;
}
