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
#include "measure/runner.h"

namespace weir::bench {

// A program that is ready, and what is to be said of it below the table, if anything.
struct Prepared {
  std::unique_ptr<Runner> runner;
  std::string remark;
};

struct Contender {
  std::string name;   // stable, for JSON and the options: "aot-guard"
  std::string title;  // what the table shows above the column, at most 9 characters a line
  std::string how;    // compiler, flags, policy
  std::function<Result<Prepared>(const BenchProgram&)> prepare;
  // It has a verifier of its own, or limits, and need not take every program: an error of prepare()
  // is an empty cell then, and its reason is told.
  bool may_refuse = false;
  // Why the contender cannot run here at all; without the function it can.
  std::function<Status()> available = {};
};

Contender native_o2();  // the reference
Contender native_again();
Contender native_o3();
std::vector<Contender> weir_aot();
Contender weir_jit();
Contender weir_interpreter();
Contender kernel_jit();
Contender dpdk();

// All but the reference, in the order of the columns.
std::vector<Contender> all_contenders();

}  // namespace weir::bench
