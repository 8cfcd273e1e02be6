// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/eviction.h"

#include <algorithm>
#include <tuple>

namespace weir {

namespace {

using Kind = StoredFile::Kind;

bool too_old(const StoredFile& file, const PruneLimits& limits, Time now) {
  const auto age = now - file.last_used;
  switch (file.kind) {
    case Kind::kTemporary: return age > kStaleTemporary;
    case Kind::kDamaged: return age > kKeepDamaged || (limits.max_age && age > *limits.max_age);
    case Kind::kEntry: return limits.max_age && age > *limits.max_age;
  }
  return false;
}

}  // namespace

std::vector<size_t> choose_victims(std::span<const StoredFile> files, const PruneLimits& limits,
                                   Time now) {
  std::vector<size_t> victims;
  std::vector<size_t> candidates;
  uint64_t total = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    if (too_old(files[i], limits, now)) {
      victims.push_back(i);
      continue;
    }
    total += disk_size(files[i].size);
    // A temporary that may still be written counts, and stays.
    if (files[i].kind != Kind::kTemporary) candidates.push_back(i);
  }
  if (!limits.max_size || total <= *limits.max_size) return victims;

  std::sort(candidates.begin(), candidates.end(), [&](size_t a, size_t b) {
    auto rank = [&](size_t i) {
      // The name decides between equal times, so that the order is always the same.
      return std::tuple(files[i].kind == Kind::kDamaged ? 0 : 1, files[i].last_used,
                        std::string_view(files[i].folder), std::string_view(files[i].name));
    };
    return rank(a) < rank(b);
  });
  for (size_t i : candidates) {
    if (total <= *limits.max_size) break;
    total -= disk_size(files[i].size);
    victims.push_back(i);
  }
  return victims;
}

Result<PruneReport> prune_folder(int root, std::string_view root_path, const PruneLimits& limits) {
  WEIR_TRY(auto files, scan_store(root, root_path));
  PruneReport report;
  std::vector<bool> gone(files.size());
  for (size_t i : choose_victims(files, limits, std::chrono::system_clock::now())) {
    auto removed = remove_stored_file(root, root_path, files[i]);
    if (!removed) {
      report.problems.push_back(removed.take_error());
      continue;
    }
    gone[i] = true;
    if (!*removed) continue;  // by another prune, which reports it
    report.removed_bytes += disk_size(files[i].size);
    report.removed_entries += files[i].kind == Kind::kEntry;
    report.removed.push_back(files[i]);
  }
  for (size_t i = 0; i < files.size(); ++i) {
    if (gone[i]) continue;
    report.kept_bytes += disk_size(files[i].size);
    if (files[i].kind != Kind::kEntry) continue;
    ++report.kept_entries;
    report.kept_entry_bytes += disk_size(files[i].size);
  }
  return report;
}

}  // namespace weir
