// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles while programs run already: each starts in the interpreter, and moves to native code
// when that is there.
//
//   load_executable() ──submit()──▶ queue ──thread──▶ CompilerProvider ──▶ NativeObject
//          │                                                                  │     └─▶ cache
//          ▼                                                                  ▼
//     Executable (interpreter) ◀───────────────────────────────────────── become_native()
//
// A program that nobody has any more when its turn comes is not compiled. What does not compile
// stays where it is, and only a counter and Executable::native_problem() tell of it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "runtime/engine/executable.h"

namespace weir {

struct BackgroundCounts {
  uint64_t waiting = 0;    // now
  uint64_t compiling = 0;  // now: 0 or 1
  uint64_t compiled = 0;   // programs that moved to native code
  uint64_t failed = 0;     // programs that stay in the interpreter
  uint64_t dropped = 0;    // nobody had them any more
};

class BackgroundCompiler final : public LaterCompiler {
 public:
  // Told of each program that moved, or why it did not; called from the thread that compiles.
  using Notice =
      std::function<void(const Executable& program, const std::optional<Error>& why_not)>;

  // The thread starts with the first program. `compiler` outlives this object.
  explicit BackgroundCompiler(CompilerProvider& compiler, Notice notice = {})
      : compiler_(compiler), notice_(std::move(notice)) {}
  // Calls off what goes on (CompilerProvider::cancel) and what waits.
  ~BackgroundCompiler() override;
  BackgroundCompiler(const BackgroundCompiler&) = delete;
  BackgroundCompiler& operator=(const BackgroundCompiler&) = delete;

  void submit(LaterJob job) override;

  BackgroundCounts counts() const;
  // Returns when nothing waits and nothing is compiled any more.
  void wait() const;

 private:
  void work();
  // What became of it: compiled, or not, or dropped.
  uint64_t BackgroundCounts::* compile(LaterJob& job);
  uint64_t BackgroundCounts::* try_compile(LaterJob& job);
  bool is_elsewhere() const;

  CompilerProvider& compiler_;
  const Notice notice_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<LaterJob> queue_;
  BackgroundCounts counts_;
  bool stop_ = false;
  std::thread thread_;
  std::atomic<pid_t> process_ = 0;  // whose thread it is: a child after fork() has none
};

}  // namespace weir
