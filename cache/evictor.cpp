// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/evictor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <system_error>

#include "cache/no_throw.h"
#include "cache/signals_blocked.h"

namespace weir {

Result<PruneReport> prune_and_count(int root, std::string_view root_path, CounterFile& counters,
                                    const PruneLimits& limits) {
  // What is still to be written belongs to the count that the scan is about to replace.
  (void)counters.flush();
  WEIR_TRY(auto report, prune_folder(root, root_path, limits));
  if (report.removed_entries != 0) {
    counters.add(Counter::kEvicted, static_cast<int64_t>(report.removed_entries));
    (void)counters.flush();
  }
  (void)counters.set_bytes(report.kept_entry_bytes);
  return report;
}

Evictor::Evictor(UniqueFd root, std::string root_path, CounterFile& counters)
    : root_(std::move(root)), path_(std::move(root_path)), counters_(counters) {}

Evictor::~Evictor() {
  if (!thread_.joinable()) return;
  if (process_ == ::getpid()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void Evictor::run(const PruneLimits& limits) {
  (void)without_exceptions([&]() -> Status {
    // A descriptor of its own: the lock belongs to what was opened, not to the process.
    const UniqueFd lock(open_at(root_.get(), ".", O_RDONLY | O_DIRECTORY));
    if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};
    // What cannot be removed stays; weir cache prune says why.
    WEIR_CHECK(prune_and_count(root_.get(), path_, counters_, limits));
    return {};
  });
}

void Evictor::start(const PruneLimits& limits) {
  std::unique_lock lock(mutex_);
  if (process_ != ::getpid() && thread_.joinable()) thread_.detach();
  if (process_ == ::getpid() && running_) return;
  if (thread_.joinable()) thread_.join();  // it has said that it is done
  running_ = true;
  process_ = ::getpid();
  const Status started = without_exceptions([&]() -> Status {
    const SignalsBlocked blocked;
    thread_ = std::thread([this, limits] {
      run(limits);
      const std::scoped_lock done(mutex_);
      running_ = false;
    });
    return {};
  });
  if (started) return;
  running_ = false;
  lock.unlock();
  run(limits);
}

void Evictor::wait() {
  std::thread thread;
  {
    const std::scoped_lock lock(mutex_);
    if (process_ == ::getpid()) thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

}  // namespace weir
