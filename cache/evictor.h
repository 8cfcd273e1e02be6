// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Makes room beside the work: the put that finds the folder too large starts it and goes on. One
// thread at a time, started when it is needed, that ends when there is room again; the store waits
// for it when it is closed. Of several processes one evicts: who finds the folder's lock taken has
// nothing to do. The lock is the kernel's (flock), so none stays behind.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <thread>

#include "cache/eviction.h"
#include "cache/file_io.h"
#include "cache/stats.h"

namespace weir {

// Prunes the folder, and brings its counters up to date.
Result<PruneReport> prune_and_count(int root, std::string_view root_path, CounterFile& counters,
                                    const PruneLimits& limits);

class Evictor {
 public:
  // `counters` outlives it. `root` is an open cache folder, taken over.
  Evictor(UniqueFd root, std::string root_path, CounterFile& counters);
  // Waits for the thread.
  ~Evictor();
  Evictor(const Evictor&) = delete;
  Evictor& operator=(const Evictor&) = delete;

  // Begins, unless it is at it. Where no thread is to be had, the caller does the work.
  void start(const PruneLimits& limits);
  // Until nothing is going on.
  void wait();

 private:
  void run(const PruneLimits& limits);

  UniqueFd root_;
  std::string path_;
  CounterFile& counters_;
  std::mutex mutex_;  // of what follows
  std::thread thread_;
  bool running_ = false;
  pid_t process_ = 0;  // whose thread it is: a child after fork() has none
};

}  // namespace weir
