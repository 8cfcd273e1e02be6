// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The programs of programs.def at their hooks, by measure/hook_runner.h. Each contender has maps of
// its own, filled by the program's `setup` before the first packet.
#pragma once

#include "bench/programs.h"
#include "bench/programs/native_xdp.h"
#include "measure/hook_runner.h"
#include "runtime/abi/compile_options.h"

namespace weir::bench {

// The kind of hook, and what it offers.
CompileOptions options_for(const Program& program);

// Compiled code at the program's hook; `owner` is what must live as long as it is used.
Result<std::unique_ptr<Runner>> run_compiled(const BenchProgram& program, EntryFn entry,
                                             std::shared_ptr<const void> owner);
// The same in the interpreter, of a program at XDP.
Result<std::unique_ptr<Runner>> run_interpreted_xdp(const BenchProgram& program,
                                                    std::shared_ptr<const InterpCode> code);

// What clang made for the host.
Result<std::unique_ptr<Runner>> run_native_xdp(const BenchProgram& program,
                                               const bench_xdp& native);

}  // namespace weir::bench
