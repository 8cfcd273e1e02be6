// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same C compiled for the host by clang -O2: the reference of every ratio.
#include "bench/contenders/contender.h"

// CMakeLists.txt compiles each program with its function renamed.
extern "C" {
#define WEIR_BENCH(name, source, function, inputs, set, state) \
  uint64_t native_o2_##name(void* data, uint64_t size);
#include "bench/programs.def"
#undef WEIR_BENCH
}

namespace weir::bench {

namespace {

constexpr NativeFn kFunctions[] = {
#define WEIR_BENCH(name, source, function, inputs, set, state) native_o2_##name,
#include "bench/programs.def"
#undef WEIR_BENCH
};

}  // namespace

Contender native_o2() {
  return {"native-o2", "clang\n-O2", "clang " WEIR_BENCH_NATIVE_O2_FLAGS,
          [](const BenchProgram& program) -> Result<Prepared> {
            return Prepared{run_function(kFunctions[&program - programs().data()]), {}};
          }};
}

}  // namespace weir::bench
