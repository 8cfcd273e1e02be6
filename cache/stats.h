// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counters that outlive processes, and cost a hit next to nothing.
//
// Each process counts in its own memory (relaxed atomics) and now and then adds what it has to one
// small file, under a file lock that nobody waits for: who finds it taken keeps its counts and
// tries again later. So a hit costs an atomic addition, and no process, stopped or dead, can hold
// up another. The file is read and written, not mapped: a mapping would be a SIGBUS when the file
// is cut short or the disk is full. The price: a process that is killed loses what it has counted
// since it last wrote, at most kFlushEvents events.
//
// A file that is damaged, or gone, starts again at zero, and remembers that its byte count is worth
// nothing until somebody counts (set_bytes). Statistics are never a reason for anything else to
// fail.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "cache/file_io.h"
#include "frontend/support/result.h"

namespace weir {

enum class Counter : uint8_t { kHits, kMisses, kPuts, kDamaged, kRefused, kEvicted, kBytes };
inline constexpr size_t kCounterCount = 7;

struct Stats {
  uint64_t hits = 0;
  uint64_t misses = 0;  // lookups of a key that was not there
  uint64_t puts = 0;
  uint64_t damaged = 0;  // entries set aside, by lookups and verify
  uint64_t refused = 0;  // lookups that ended in an Error: another owner, not readable
  uint64_t evicted = 0;  // entries removed by prune
  uint64_t bytes = 0;    // disk space of all entries; exact after prune, else a good guess
  bool operator==(const Stats&) const = default;
};

inline constexpr int64_t kFlushEvents = 256;
inline constexpr std::chrono::seconds kFlushInterval{1};

class CounterFile {
 public:
  // `root` is an open cache folder, taken over.
  CounterFile(UniqueFd root, std::string root_path, bool read_only);
  // Writes what is left.
  ~CounterFile();
  CounterFile(const CounterFile&) = delete;
  CounterFile& operator=(const CounterFile&) = delete;

  // Adds to a counter; writes to the file only when it is time. Any thread.
  void add(Counter counter, int64_t amount = 1);

  struct Flushed {
    Stats totals;
    // False from when the file was new or damaged until set_bytes(), whoever calls it.
    bool bytes_known = false;
  };
  // Adds what this process has to the file. Waits up to 2 ms for the lock. Errors: CacheUnavailable
  // (also when the lock was taken all the time), CacheOwner; what could not be written is kept.
  Result<Flushed> flush();

  // Sets the byte count to what a scan found.
  Status set_bytes(uint64_t bytes);

  // The file plus what this process has not written yet. Without a file: zero.
  Result<Stats> read();

 private:
  using Amounts = std::array<int64_t, kCounterCount>;
  using Totals = std::array<uint64_t, kCounterCount>;

  void forget_parent();
  Amounts take_pending();
  Result<Flushed> flush_pending(int lock_attempts);
  Result<Flushed> merge(const Amounts& amounts, const uint64_t* exact_bytes, int lock_attempts);

  UniqueFd root_;
  std::string path_;
  const bool read_only_;
  std::array<std::atomic<int64_t>, kCounterCount> pending_{};
  std::atomic<int64_t> events_{0};   // since the last flush
  std::atomic<int64_t> last_flush_;  // steady clock, nanoseconds
  std::atomic<pid_t> process_;       // whose counts pending_ holds
};

}  // namespace weir
