// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same C compiled for the host by clang -O2 once more: a copy of the reference at another
// place in memory. How far it is from 1.00 is how far chance and this harness reach.
#include "bench/contenders/contender.h"

// CMakeLists.txt compiles each program with its function renamed.
extern "C" {
#define WEIR_BENCH(name, source, function, inputs, set, state) \
  uint64_t native_again_##name(void* data, uint64_t size);
#include "bench/programs.def"
#undef WEIR_BENCH
}

namespace weir::bench {

namespace {

constexpr NativeFn kFunctions[] = {
#define WEIR_BENCH(name, source, function, inputs, set, state) native_again_##name,
#include "bench/programs.def"
#undef WEIR_BENCH
};

}  // namespace

Contender native_again() {
  return {"native-again", "clang -O2\nagain", "a second copy of the reference",
          [](const BenchProgram& program) -> Result<Prepared> {
            return Prepared{run_function(kFunctions[&program - programs().data()]), {}};
          }};
}

}  // namespace weir::bench
