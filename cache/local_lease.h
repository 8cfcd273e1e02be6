// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Leases between the processes of one user on one machine: a locked file leases/KEY in the cache
// folder. The kernel ends the lock when its process ends, however it ends.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "cache/digest.h"
#include "cache/file_io.h"
#include "frontend/support/result.h"

namespace weir {

class LocalLeases {
 public:
  // Of a cache folder that is there. Also removes what killed processes have left behind. Errors:
  // CacheOwner, CacheUnavailable.
  static Result<LocalLeases> open(const std::string& cache_folder);

  // False: another process (or another LocalLeases) has it. A lease of this object is had at once,
  // and ended by the first release().
  Result<bool> acquire(const Digest& key);
  void release(const Digest& key);

 private:
  LocalLeases(UniqueFd folder, std::string path)
      : folder_(std::move(folder)), path_(std::move(path)) {}

  UniqueFd folder_;
  std::string path_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::map<Digest, UniqueFd> held_;
};

}  // namespace weir
