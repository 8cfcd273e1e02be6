// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The calls of LocalStore that go over all entries: list, find, explain, verify, prune, clear. They
// may run beside readers and writers, so a file that a scan found can be gone when its turn comes;
// that is never an error.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "cache/entry.h"
#include "cache/folder.h"
#include "cache/local_store.h"
#include "cache/no_throw.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

// An entry file, opened and checked. An empty fd: gone.
Result<OpenedFile> open_stored(int root, const std::string& root_path, const StoredFile& file,
                               Owner owner) {
  WEIR_TRY(UniqueFd folder,
           open_subfolder(root, root_path, file.folder.c_str(), IfAbsent::kGiveNothing, owner));
  if (!folder) return OpenedFile{};
  return open_own_file(folder.get(), file.name.c_str(),
                       fmt::format("{}/{}", root_path, file.relative()), owner);
}

Result<EntryHeader> read_entry_header(const OpenedFile& file, const Digest& key,
                                      const std::string& path) {
  // Most descriptions fit in the first block.
  constexpr uint64_t kFirstRead = 4096;
  WEIR_TRY(Buffer start, read_start(file.fd.get(), kFirstRead, path));
  auto header = peek_entry(start.span());
  if (!header && start.size == kFirstRead) {
    WEIR_TRY(start, read_start(file.fd.get(), kEntryHeaderSize + kMaxDescriptionSize, path));
    header = peek_entry(start.span());
  }
  if (!header) return header.take_error().in_file(path);
  if (header->key != key) {
    return Error(ErrorCode::kCacheDamaged,
                 fmt::format("wrong key: the entry was made for {}", header->key.hex()))
        .in_file(path);
  }
  return header;
}

Error gone(const std::string& path) {
  return Error(ErrorCode::kNotFound, "the entry was removed meanwhile").in_file(path);
}

}  // namespace

Result<std::vector<EntryInfo>> LocalStore::list() const {
  return without_exceptions([&]() -> Result<std::vector<EntryInfo>> {
    WEIR_TRY(auto files, scan_store(root_.get(), path_,
                                    {.entries_only = true, .key_prefix = {}, .owner = owner()}));
    std::vector<EntryInfo> entries;
    for (const StoredFile& file : files) {
      EntryInfo info;
      info.key = file.key;
      info.file_size = file.size;
      info.last_used = file.last_used;
      auto opened = open_stored(root_.get(), path_, file, owner());
      if (opened && !opened->fd) continue;
      if (!opened) {
        info.problem = opened.take_error();
      } else if (auto header = read_entry_header(*opened, file.key, entry_path(file.key)); header) {
        info.object_size = header->object_size;
        info.description = std::move(header->description);
      } else {
        info.problem = header.take_error();
      }
      entries.push_back(std::move(info));
    }
    // The key decides between equal times.
    std::sort(entries.begin(), entries.end(), [](const EntryInfo& a, const EntryInfo& b) {
      return a.last_used != b.last_used ? a.last_used > b.last_used : a.key < b.key;
    });
    return entries;
  });
}

Result<Digest> LocalStore::find_by_prefix(std::string_view hex) const {
  return without_exceptions([&]() -> Result<Digest> {
    constexpr size_t kShown = 4;
    std::string prefix(hex.substr(0, 2 * Digest::kSize + 1));
    for (char& c : prefix) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (prefix.empty() || prefix.size() > 2 * Digest::kSize ||
        prefix.find_first_not_of("0123456789abcdef") != prefix.npos) {
      return Error(ErrorCode::kUsage,
                   fmt::format("'{}' is not the start of a key: 1 to {} hex digits", printable(hex),
                               2 * Digest::kSize));
    }
    WEIR_TRY(auto files,
             scan_store(root_.get(), path_,
                        {.entries_only = true, .key_prefix = prefix, .owner = owner()}));
    if (files.empty()) {
      return Error(ErrorCode::kNotFound, fmt::format("no entry's key starts with {}", prefix))
          .in_file(path_);
    }
    if (files.size() > 1) {
      std::string names;
      for (size_t i = 0; i < std::min(kShown, files.size()); ++i) names += " " + files[i].key.hex();
      return Error(ErrorCode::kUsage,
                   fmt::format("{} is ambiguous, {} keys start with it:{}{}", prefix, files.size(),
                               names, files.size() > kShown ? " ..." : ""))
          .with_hint("give more digits");
    }
    return files[0].key;
  });
}

Result<EntryInfo> LocalStore::explain(std::string_view hex_prefix) const {
  return without_exceptions([&]() -> Result<EntryInfo> {
    WEIR_TRY(Digest key, find_by_prefix(hex_prefix));
    std::string path = entry_path(key);
    WEIR_TRY(OpenedFile file, open_entry_file(key));
    if (!file.fd) return gone(path);
    // A byte more than allowed is enough to be refused.
    WEIR_TRY(Buffer bytes, read_start(file.fd.get(),
                                      std::min<uint64_t>(static_cast<uint64_t>(file.info.st_size),
                                                         kMaxEntrySize + 1),
                                      path));
    auto entry = decode_entry(bytes.span(), key);
    if (!entry) return entry.take_error().in_file(path);
    EntryInfo info;
    info.key = key;
    info.file_size = bytes.size;
    info.object_size = entry->object.size();
    info.last_used = to_time(file.info.st_mtim);
    info.description = std::move(entry->description);
    return info;
  });
}

Result<VerifyReport> LocalStore::verify() {
  return without_exceptions([&]() -> Result<VerifyReport> {
    WEIR_TRY(auto files, scan_store(root_.get(), path_,
                                    {.entries_only = true, .key_prefix = {}, .owner = owner()}));
    VerifyReport report;
    for (const StoredFile& stored : files) {
      std::string path = entry_path(stored.key);
      auto file = open_stored(root_.get(), path_, stored, owner());
      if (!file) {
        report.refused.push_back(file.take_error());
        continue;
      }
      if (!file->fd) continue;
      auto bytes = read_start(
          file->fd.get(),
          std::min<uint64_t>(static_cast<uint64_t>(file->info.st_size), kMaxEntrySize + 1), path);
      if (!bytes) {
        report.refused.push_back(bytes.take_error());
        continue;
      }
      auto entry = decode_entry(bytes->span(), stored.key);
      if (entry) {
        ++report.whole;
        continue;
      }
      Error error = entry.take_error().in_file(path);
      if (error.code() == ErrorCode::kCacheUnavailable) {
        ++report.other_version;
      } else if (error.code() == ErrorCode::kCacheDamaged) {
        counters_->add(Counter::kDamaged);
        std::string moved = set_aside(stored.key, file->info, error);
        report.damaged.push_back({stored.key, std::move(error), std::move(moved)});
      } else {
        report.refused.push_back(std::move(error));
      }
    }
    return report;
  });
}

Result<PruneReport> LocalStore::prune(const PruneLimits& limits) {
  return without_exceptions([&]() -> Result<PruneReport> {
    WEIR_CHECK(writable());
    return prune_and_count(root_.get(), path_, *counters_, limits);
  });
}

Result<ClearReport> LocalStore::clear() {
  return without_exceptions([&]() -> Result<ClearReport> {
    WEIR_CHECK(writable());
    (void)counters_->flush();
    WEIR_TRY(auto files, scan_store(root_.get(), path_));
    ClearReport report;
    uint64_t left = 0;
    for (const StoredFile& file : files) {
      const bool is_entry = file.kind == StoredFile::Kind::kEntry;
      auto removed = remove_stored_file(root_.get(), path_, file);
      if (!removed) {
        left += is_entry ? disk_size(file.size) : 0;
        report.problems.push_back(removed.take_error());
      } else if (*removed) {
        report.entries += is_entry;
        report.bytes += disk_size(file.size);
      }
    }
    (void)counters_->set_bytes(left);
    return report;
  });
}

}  // namespace weir
