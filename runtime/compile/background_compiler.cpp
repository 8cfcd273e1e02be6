// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/compile/background_compiler.h"

#include <unistd.h>

#include "cache/no_throw.h"
#include "cache/signals_blocked.h"

namespace weir {

BackgroundCompiler::~BackgroundCompiler() {
  if (is_elsewhere()) {
    // A child after fork(): the thread is its parent's, and so may be the lock.
    thread_.detach();
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
    queue_.clear();
  }
  changed_.notify_all();
  if (!thread_.joinable()) return;
  compiler_.cancel();
  thread_.join();
}

bool BackgroundCompiler::is_elsewhere() const {
  return process_ != 0 && process_ != ::getpid();
}

void BackgroundCompiler::submit(LaterJob job) {
  if (is_elsewhere()) {
    if (const auto program = job.executable.lock()) {
      program->stay_interpreted(Error(ErrorCode::kCompilerFailed,
                                      "the thread that compiles is in the process that this one "
                                      "was forked from")
                                    .with_hint("open a host after fork()"));
    }
    return;
  }
  const std::weak_ptr<Executable> executable = job.executable;
  const Status taken = without_exceptions([&]() -> Status {
    const std::scoped_lock lock(mutex_);
    if (stop_) return {};
    if (!thread_.joinable()) {
      const SignalsBlocked blocked;
      thread_ = std::thread([this] { work(); });
      process_ = ::getpid();
    }
    queue_.push_back(std::move(job));
    return {};
  });
  if (taken) {
    changed_.notify_all();
    return;
  }
  // No memory, or no thread: the program goes on where it is.
  const std::scoped_lock lock(mutex_);
  ++counts_.failed;
  if (const auto program = executable.lock()) {
    // Short enough to need no memory.
    const bool memory = taken.error().code() == ErrorCode::kOutOfMemory;
    program->stay_interpreted(
        Error(ErrorCode::kCompilerFailed, memory ? "no memory" : "no thread"));
  }
}

BackgroundCounts BackgroundCompiler::counts() const {
  const std::scoped_lock lock(mutex_);
  BackgroundCounts now = counts_;
  now.waiting = queue_.size();
  return now;
}

void BackgroundCompiler::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.empty() && counts_.compiling == 0; });
}

void BackgroundCompiler::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    LaterJob job = std::move(queue_.front());
    queue_.pop_front();
    counts_.compiling = 1;
    lock.unlock();
    uint64_t BackgroundCounts::* const outcome = compile(job);
    job = {};  // what it kept goes before wait() returns
    lock.lock();
    counts_.compiling = 0;
    ++(counts_.*outcome);
    changed_.notify_all();
  }
}

uint64_t BackgroundCounts::* BackgroundCompiler::compile(LaterJob& job) {
  auto outcome = without_exceptions(
      [&]() -> Result<uint64_t BackgroundCounts::*> { return try_compile(job); });
  if (outcome) return *outcome;
  if (const auto executable = job.executable.lock()) {
    executable->stay_interpreted(outcome.take_error());
  }
  return &BackgroundCounts::failed;
}

uint64_t BackgroundCounts::* BackgroundCompiler::try_compile(LaterJob& job) {
  // Not held while it is compiled: who lets go of the program should not wait for that.
  if (job.executable.expired()) return &BackgroundCounts::dropped;
  auto object = compile_native(*job.program, &compiler_);
  if (object) {
    Status right = check_native(*object, job.key, job.program->source(), job.program->options());
    if (!right) object = right.take_error();
  }
  if (object && job.cache) {
    // A cache that does not take it costs the next one who loads the program a compilation.
    CacheReport ignored;
    keep_native(job.key, *object, *job.cache, ignored);
  }
  const auto executable = job.executable.lock();
  if (!executable) return &BackgroundCounts::dropped;
  Status moved = object ? executable->become_native(*object) : Status(object.take_error());
  if (!moved) executable->stay_interpreted(moved.take_error());
  if (notice_) notice_(*executable, executable->native_problem());
  return moved ? &BackgroundCounts::compiled : &BackgroundCounts::failed;
}

}  // namespace weir
