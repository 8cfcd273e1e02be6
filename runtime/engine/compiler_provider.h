// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the engines need of a compiler, if there is one. The runtime asks this interface and knows
// nothing of LLVM: who implements it may load a library, ask another process, or refuse. It is
// asked only when something really has to be compiled.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "frontend/verifier/facts.h"
#include "runtime/abi/exec_context.h"

namespace weir {

// Code that was compiled into this process; it stays as long as `owner` does.
struct JitEntry {
  std::shared_ptr<const void> owner;
  EntryFn entry = nullptr;
};

// Both calls from any thread.
class CompilerProvider {
 public:
  virtual ~CompilerProvider() = default;
  // The bytes of a native object (runtime/abi/artifact.h) of these programs, which are verified
  // with one policy and for one CPU.
  virtual Result<std::vector<uint8_t>> compile_object(
      std::span<const VerifiedProgram> programs) = 0;
  virtual Result<JitEntry> compile_jit(const VerifiedProgram& program) = 0;
  // Calls off what goes on and what would come, where that can be done.
  virtual void cancel() {}

 protected:
  CompilerProvider() = default;
  CompilerProvider(const CompilerProvider&) = default;
  CompilerProvider& operator=(const CompilerProvider&) = default;
};

}  // namespace weir
