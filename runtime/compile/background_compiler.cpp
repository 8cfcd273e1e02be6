// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/compile/background_compiler.h"

#include <csignal>

namespace weir {

BackgroundCompiler::~BackgroundCompiler() {
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

void BackgroundCompiler::submit(LaterJob job) {
  {
    const std::scoped_lock lock(mutex_);
    if (stop_) return;
    queue_.push_back(std::move(job));
    if (!thread_.joinable()) {
      // The host's signals are for the host's own threads.
      sigset_t all, before;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
      thread_ = std::thread([this] { work(); });
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
  }
  changed_.notify_all();
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
