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

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/engine/engine_kind.h"
#include "runtime/engine/native_cache.h"
#include "runtime/engine/trap_report.h"
#include "runtime/interp/interpreter.h"

namespace weir {

class Executable;

// A program that runs already and is to be compiled.
struct LaterJob {
  std::weak_ptr<Executable> executable;
  std::shared_ptr<const VerifiedProgram> program;
  NativeKey key;
  std::shared_ptr<Store> cache;  // null: none
};

// Takes programs that run in the interpreter and has them moved to native code when there is time
// (runtime/compile/background_compiler.h).
class LaterCompiler {
 public:
  virtual ~LaterCompiler() = default;
  // From any thread; returns at once. In the end the executable's become_native() is called, or
  // stay_interpreted(), unless nobody has it any more.
  virtual void submit(LaterJob job) = 0;

 protected:
  LaterCompiler() = default;
  LaterCompiler(const LaterCompiler&) = default;
  LaterCompiler& operator=(const LaterCompiler&) = default;
};

struct LoadOptions {
  EngineKind engine = EngineKind::kAuto;
  CompileOptions compile;
  Store* cache = nullptr;                // null: nothing is cached
  CompilerProvider* compiler = nullptr;  // null: this process cannot compile
  const Trust* trust = nullptr;          // what the host allows; null: anything
  // Engine kAuto: what is not in the cache starts in the interpreter, and this one compiles it
  // meanwhile. null: it is compiled before it starts. It outlives the load.
  LaterCompiler* later = nullptr;
  // Count what the program does while it runs, in the interpreter whatever the engine. Then one
  // thread at a time may run it.
  bool count = false;
  // The cache once more, for as long as `later` needs it; null: what it compiles is not kept.
  std::shared_ptr<Store> later_cache;
};

// What is known of a loaded program beside how to run it.
struct ProgramInfo {
  std::string name, section;  // raw bytes of the file
  CompileOptions options;     // as verified or, of native code, as compiled; debug_info is not kept
  uint32_t accesses = 0;      // loads, stores and atomics that can be reached
  uint32_t proven = 0;        // of these, proven safe
  std::optional<RunConfig> run_config;
};

// Immutable and shared: any number of threads may run it at once, each with its own ExecContext.
class Executable {
 public:
  // Arguments, result and traps as of EntryFn (abi/exec_context.h). The caller sets budget and
  // clears the trap before, and offers the helpers of info().options.helpers. More than
  // kMaxDataBytes of data are the trap kAccess.
  uint64_t run(ExecContext* context, void* data, uint64_t size) const {
    if (size > kMaxDataBytes) [[unlikely]]
      return refuse_data(*context);
    const EntryFn entry = entry_.load(std::memory_order_acquire);
    if (entry != nullptr) return entry(context, data, size);
    return interp_ ? interp_->run(context, data, size) : run_counted(context, data, size);
  }

  // kInterp, kJit or kAot; never kAuto. kInterp may become kAot.
  EngineKind engine() const {
    return engine_ == EngineKind::kInterp && entry_.load(std::memory_order_acquire) != nullptr
               ? EngineKind::kAot
               : engine_;
  }
  const ProgramInfo& info() const { return info_; }
  // Of machine code from an object; 0 for interpreter and JIT.
  uint32_t code_bytes() const { return engine() == EngineKind::kAot ? image_code_bytes_ : 0; }
  const CacheReport& cache() const { return cache_; }
  // Why kAuto ended in the interpreter.
  const std::optional<Error>& fallback_reason() const { return fallback_; }

  // Native code for it is being made.
  bool awaits_native() const { return later_.load(std::memory_order_acquire) == Later::kAwaited; }
  // Why it was not made.
  std::optional<Error> native_problem() const;

  // For a LaterCompiler, once, from one thread: runs that begin from now on are those of the
  // object's only program, which was compiled from this one. Runs that go on end where they began.
  // Errors: those of Image::map_trusted().
  Status become_native(const NativeObject& object);
  void stay_interpreted(Error why);

  // With LoadOptions::count: what it did so far, and the program that did it. Null otherwise.
  const BranchProfile* counted() const { return counting_ ? &counts_ : nullptr; }
  const Program& counted_program() const { return *program_; }

  TrapReport describe(Trap trap) const;

 private:
  friend class ExecutableLoader;
  Executable() = default;
  Status map_code(const NativeObject& object);
  static uint64_t refuse_data(ExecContext& context);
  uint64_t run_counted(ExecContext* context, void* data, uint64_t size) const {
    return counting_->run(context, data, size, counts_);
  }

  enum class Later : uint8_t { kNone, kAwaited, kDone, kFailed };

  std::atomic<EntryFn> entry_ = nullptr;  // null: interp_ runs it. What it needs is set before it.
  std::shared_ptr<const InterpCode> interp_;
  std::shared_ptr<const CountingInterp> counting_;  // instead of it
  mutable BranchProfile counts_;
  std::shared_ptr<const Image> image_;
  uint32_t image_code_bytes_ = 0;
  JitEntry jit_;
  std::atomic<Later> later_ = Later::kNone;
  std::optional<Error> native_problem_;  // set before later_ is kFailed

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

// `program` has passed check_structure(). Errors: what the host or the analysis rejects; kJit and
// kAot also whatever keeps them from compiling or mapping. kAuto takes the interpreter then, and
// says why. A program found in the cache was accepted by the analysis when it was compiled, and is
// not analysed again.
Result<std::shared_ptr<const Executable>> load_executable(Program program,
                                                          const LoadOptions& options);

// Program `index` of a native object. kAot maps its code and TRUSTS IT (see Image): the file must
// come from someone the user would take an executable from. kInterp and kJit take the bytecode it
// carries, verified anew with options.compile.policy; kAuto maps, or interprets if this machine
// cannot run the code. Hook kind and helper set are the object's. An object of policy trusted is
// mapped only if options.compile.policy is kTrusted too. The cache is not used. The host's policy
// is asked before anything else, whatever the engine: see admit_object().
Result<std::shared_ptr<const Executable>> load_executable(NativeObject object, size_t index,
                                                          const LoadOptions& options);

}  // namespace weir
