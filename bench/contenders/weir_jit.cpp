// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same code as aot-native-guard, compiled into this process by ORC.
#include "bench/contenders/contender.h"
#include "bench/contenders/xdp_runner.h"
#include "codegen/compiler.h"
#include "frontend/verifier/verifier.h"

namespace weir::bench {

namespace {

Result<Prepared> prepare(const BenchProgram& program) {
  WEIR_TRY(Program bpf, load_bpf(program));
  CompileOptions options = options_for(bpf);
  options.opt_level = 3;
  options.cpu = host_cpu();
  WEIR_TRY(const VerifiedProgram verified, verify(std::move(bpf), options));
  WEIR_TRY(std::shared_ptr<const JitCode> code, compile_jit(verified));
  const EntryFn entry = code->entry();
  WEIR_TRY(std::unique_ptr<Runner> runner, run_compiled(program, entry, std::move(code)));
  return Prepared{std::move(runner), {}};
}

}  // namespace

Contender weir_jit() {
  return {"jit-native-guard", "JIT -O3\nnative\nguard", "weir JIT, -O3 --cpu native --policy guard",
          prepare};
}

}  // namespace weir::bench
