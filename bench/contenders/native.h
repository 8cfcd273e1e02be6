// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What clang made of the programs for the host, at one level: included by the file of each level,
// which says with WEIR_BENCH_NATIVE(name) what CMakeLists.txt calls its functions.
#include "bench/contenders/contender.h"
#include "bench/contenders/xdp_runner.h"

extern "C" {
#define WEIR_BENCH(name, ...) uint64_t WEIR_BENCH_NATIVE(name)(void* data, uint64_t size);
#define WEIR_BENCH_XDP(name, ...) extern const bench_xdp WEIR_BENCH_NATIVE(name);
#include "bench/programs.def"
#undef WEIR_BENCH
#undef WEIR_BENCH_XDP
}

namespace weir::bench {

namespace {

struct NativeProgram {
  NativeFn bytes;
  const bench_xdp* xdp;
};
constexpr NativeProgram kNative[] = {
#define WEIR_BENCH(name, ...) {WEIR_BENCH_NATIVE(name), nullptr},
#define WEIR_BENCH_XDP(name, ...) {nullptr, &WEIR_BENCH_NATIVE(name)},
#include "bench/programs.def"
#undef WEIR_BENCH
#undef WEIR_BENCH_XDP
};

Result<Prepared> prepare(const BenchProgram& program) {
  const NativeProgram& native = kNative[&program - programs().data()];
  if (native.bytes) return Prepared{run_function(native.bytes), {}};
  WEIR_TRY(std::unique_ptr<Runner> runner, run_native_xdp(program, *native.xdp));
  return Prepared{std::move(runner), {}};
}

}  // namespace

}  // namespace weir::bench
