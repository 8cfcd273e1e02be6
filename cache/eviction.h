// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What goes when there is too much: the least recently used entries first.
//
// "Used" is the modification time, which lookup() moves forward on a hit (local_store.h says how
// often). Not the access time: most systems mount with relatime or noatime, and then it says
// little.
//
// Order of leaving: temporaries that nobody can still be writing; entries and damaged files past
// the age limit; then, while the rest is over the size limit, damaged files and after them entries,
// oldest first. Sizes are what files cost on disk, whole blocks (disk_size in layout.h).
//
// Nobody is locked out meanwhile. A reader that has opened an evicted entry reads it to the end;
// two prunes at once find each other's victims gone, which is fine.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cache/layout.h"
#include "frontend/support/result.h"

namespace weir {

struct PruneLimits {
  std::optional<uint64_t> max_size;             // bytes
  std::optional<std::chrono::seconds> max_age;  // since the last use
};

// A put takes milliseconds; after an hour its process is gone.
inline constexpr std::chrono::seconds kStaleTemporary = std::chrono::hours(1);
// Damaged entries are kept this long to be looked at.
inline constexpr std::chrono::seconds kKeepDamaged = std::chrono::days(30);

// Indices into `files`, in the order of removal. Pure.
std::vector<size_t> choose_victims(std::span<const StoredFile> files, const PruneLimits& limits,
                                   Time now);

struct PruneReport {
  std::vector<StoredFile> removed;
  uint64_t removed_bytes = 0;
  uint64_t removed_entries = 0;
  uint64_t kept_bytes = 0;  // entries, damaged and temporary files together
  uint64_t kept_entries = 0;
  uint64_t kept_entry_bytes = 0;
  // Files that could not be removed; the prune went on.
  std::vector<Error> problems;
};

Result<PruneReport> prune_folder(int root, std::string_view root_path, const PruneLimits& limits);

}  // namespace weir
