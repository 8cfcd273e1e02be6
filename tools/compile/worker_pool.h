// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Processes that work side by side. Each takes one request at a time and gives one answer, both
// bytes. One that dies, whatever of, takes only its request with it: the pool says so and starts
// another. Processes and not threads, because a compiler that runs into a fault or out of memory
// ends its process.
//
// The parent has no other thread when it forks, so a child can do anything.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/file_io.h"

namespace weir::tool {

// What runs in a child: made there, before the first request.
class WorkerBody {
 public:
  virtual ~WorkerBody() = default;
  virtual std::string work(std::string_view request) = 0;
  // When there are no more requests.
  virtual std::string finish() = 0;
};

class WorkerPool {
 public:
  using Start = std::function<std::unique_ptr<WorkerBody>()>;
  explicit WorkerPool(Start start) : start_(std::move(start)) {}
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Gives the request to a new or an idle worker. `tag` comes back with its answer. Errors: Io.
  Status send(size_t tag, std::string_view request);
  size_t busy() const;

  struct Answer {
    size_t tag = 0;
    std::string bytes;
    std::string death;  // not empty: the worker ended without an answer, and how
  };
  // The next answer of any worker, or nothing after `milliseconds` (-1: waits).
  std::optional<Answer> wait(int milliseconds);

  // Lets all workers go and gives what their finish() said. None may be busy.
  std::vector<std::string> finish();

 private:
  struct Worker {
    pid_t pid = -1;
    UniqueFd fd;
    std::optional<size_t> tag;  // busy
  };
  Result<Worker*> idle_worker();
  std::string reap(Worker& worker);

  Start start_;
  std::vector<Worker> workers_;
};

}  // namespace weir::tool
