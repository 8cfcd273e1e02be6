// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "frontend/support/result.h"

namespace weir::bench {

// A program with one map in the kernel, run by BPF_PROG_TEST_RUN.
class KernelRun {
 public:
  // Loads the object (needs CAP_BPF), which has one program and one map.
  static Result<std::unique_ptr<KernelRun>> load(const std::string& object);
  virtual ~KernelRun() = default;
  // Sets one entry; in a per-CPU map of every CPU.
  virtual Status update(const void* key, uint64_t value) = 0;
  // Nanoseconds of one run, as the kernel measures it over `repeat` runs, and the result.
  virtual Result<double> run(unsigned repeat, uint32_t* result) = 0;
};

}  // namespace weir::bench
