// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter: the reference for what a program means, and the engine to fall back on.
#pragma once

#include <memory>

#include "frontend/verifier/facts.h"
#include "runtime/abi/branch_profile.h"
#include "runtime/abi/exec_context.h"

namespace weir {

// A program in the form the interpreter runs: decoded once, immutable, shared by any number of
// threads. Keeps nothing of the VerifiedProgram.
class InterpCode {
 public:
  static Result<std::shared_ptr<const InterpCode>> make(const VerifiedProgram& verified);
  ~InterpCode();

  // Runs the program; arguments, result and traps as of compiled code (EntryFn). Never allocates.
  uint64_t run(ExecContext* context, void* data, uint64_t size) const;

 private:
  struct Impl;
  explicit InterpCode(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// The same, slower: it counts what each instruction does.
class CountingInterp {
 public:
  static Result<std::shared_ptr<const CountingInterp>> make(const VerifiedProgram& verified);
  ~CountingInterp();

  // Counts for each instruction, all zero: what run() takes.
  BranchProfile no_counts() const;
  uint64_t run(ExecContext* context, void* data, uint64_t size, BranchProfile& counts) const;

 private:
  struct Impl;
  explicit CountingInterp(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace weir
