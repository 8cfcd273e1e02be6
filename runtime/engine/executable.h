// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program that is ready to run, whatever runs it. This is the facade that hosts use: give a
// Program (or a native object), say which engine, get an Executable; a run is then one indirect
// call.
//
// Three promises hold for every engine: the same program gives the same result, trap and memory;
// what the analysis rejects never runs; and nothing here needs LLVM unless the CompilerProvider
// that the host gave does.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/engine/engine_kind.h"
#include "runtime/engine/native_cache.h"
#include "runtime/engine/trap_report.h"
#include "runtime/interp/interpreter.h"

namespace weir {

struct LoadOptions {
  EngineKind engine = EngineKind::kAuto;
  CompileOptions compile;
  Store* cache = nullptr;                // null: nothing is cached
  CompilerProvider* compiler = nullptr;  // null: this process cannot compile
};

// What is known of a loaded program beside how to run it.
struct ProgramInfo {
  std::string name, section;  // raw bytes of the file
  CompileOptions options;     // as verified or, of native code, as compiled; debug_info is not kept
  uint32_t accesses = 0;      // loads, stores and atomics that can be reached
  uint32_t proven = 0;        // of these, proven safe
  std::optional<RunConfig> run_config;
  uint32_t code_bytes = 0;  // of machine code from an object; 0 for interpreter and JIT
};

// Immutable and shared: any number of threads may run it at once, each with its own ExecContext.
class Executable {
 public:
  // Arguments, result and traps as of EntryFn (abi/exec_context.h). The caller sets budget and
  // clears the trap before, and offers the helpers of info().options.helpers.
  uint64_t run(ExecContext* context, void* data, uint64_t size) const {
    return entry_ != nullptr ? entry_(context, data, size) : interp_->run(context, data, size);
  }

  // kInterp, kJit or kAot; never kAuto.
  EngineKind engine() const { return engine_; }
  const ProgramInfo& info() const { return info_; }
  const CacheReport& cache() const { return cache_; }
  // Why kAuto ended in the interpreter.
  const std::optional<Error>& fallback_reason() const { return fallback_; }

  TrapReport describe(Trap trap) const;

 private:
  friend class ExecutableLoader;
  Executable() = default;

  EntryFn entry_ = nullptr;  // null: interp_ runs it
  std::shared_ptr<const InterpCode> interp_;
  std::shared_ptr<const Image> image_;
  JitEntry jit_;

  EngineKind engine_ = EngineKind::kInterp;
  ProgramInfo info_;
  CacheReport cache_;
  std::optional<Error> fallback_;

  // For messages. From a native object the bytecode is decoded when a trap is first described.
  mutable std::once_flag decode_once_;
  mutable std::shared_ptr<const Program> program_;
  std::optional<NativeObject> object_;
  size_t object_index_ = 0;
};

// `program` has passed check_structure(). Errors: what the analysis rejects; kJit and kAot also
// whatever keeps them from compiling or mapping. kAuto takes the interpreter then, and says why.
// A program found in the cache was accepted by the analysis when it was compiled, and is not
// analysed again.
Result<std::shared_ptr<const Executable>> load_executable(Program program,
                                                          const LoadOptions& options);

// Program `index` of a native object. kAot maps its code and TRUSTS IT (see Image): the file must
// come from someone the user would take an executable from. kInterp and kJit take the bytecode it
// carries, verified anew with options.compile.policy; kAuto maps, or interprets if this machine
// cannot run the code. Hook kind and helper set are the object's. An object of policy trusted is
// mapped only if options.compile.policy is kTrusted too. The cache is not used.
Result<std::shared_ptr<const Executable>> load_executable(NativeObject object, size_t index,
                                                          const LoadOptions& options);

}  // namespace weir
