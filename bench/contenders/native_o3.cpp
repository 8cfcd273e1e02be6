// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same C compiled for the host by clang -O3 -march=native: what the host can do at best.
#include "bench/contenders/contender.h"

// CMakeLists.txt compiles each program with its function renamed.
extern "C" {
#define WEIR_BENCH(name, source, function, inputs, set, state) \
  uint64_t native_o3_##name(void* data, uint64_t size);
#include "bench/programs.def"
#undef WEIR_BENCH
}

namespace weir::bench {

namespace {

constexpr NativeFn kFunctions[] = {
#define WEIR_BENCH(name, source, function, inputs, set, state) native_o3_##name,
#include "bench/programs.def"
#undef WEIR_BENCH
};

}  // namespace

Contender native_o3() {
  return {"native-o3", "clang -O3\nnative", "clang " WEIR_BENCH_NATIVE_O3_FLAGS,
          [](const BenchProgram& program) -> Result<Prepared> {
            return Prepared{run_function(kFunctions[&program - programs().data()]), {}};
          }};
}

}  // namespace weir::bench
