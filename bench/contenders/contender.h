// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A contender turns a program into something that runs. Each file of this folder is one; the list
// of all of them is all_contenders().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/programs.h"
#include "runtime/abi/exec_context.h"

namespace weir::bench {

// A program made ready by one contender.
class Runner {
 public:
  virtual ~Runner() = default;
  // Runs the program on each packet in turn, as a host's packet loop would; the sum of the results.
  virtual uint64_t run(std::span<const Packet> packets) = 0;
  // The trap of the last run() that had one.
  virtual Trap trap() const { return {}; }
};

struct Contender {
  std::string name;   // stable, for JSON and the options: "aot-guard"
  std::string title;  // what the table shows above the column, at most 9 characters a line
  std::string how;    // compiler, flags, policy
  std::function<Result<std::unique_ptr<Runner>>(const BenchProgram&)> prepare;
};

Contender native_o2();  // the reference
Contender native_again();
Contender native_o3();
std::vector<Contender> weir_aot();
Contender weir_jit();
Contender weir_interpreter();

// All but the reference, in the order of the columns.
std::vector<Contender> all_contenders();

// The program's function itself, called directly.
using NativeFn = uint64_t (*)(void* data, uint64_t size);
std::unique_ptr<Runner> run_function(NativeFn function);

// Compiled code; `owner` is what must live as long as the code is used.
std::unique_ptr<Runner> run_entry(EntryFn entry, std::shared_ptr<const void> owner);

}  // namespace weir::bench
