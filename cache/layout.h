// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names in a cache folder, and how to walk them:
//
//     3f/a07c...62 digits.entry   entry of key 3fa07c...: 256 folders keep each of them short
//     tmp/                        files being written (atomic_file.h)
//     damaged/                    entries set aside: KEY-TIME-PID.entry, and .reason beside it
//     counters                    statistics (stats.h)
//     config                      limits (store_config.h)
//     CACHEDIR.TAG                for backup programs
//
// A name that does not look exactly like one of these is not ours: it is neither read nor removed,
// so that WEIR_CACHE_DIR=$HOME costs nobody a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/digest.h"
#include "cache/file_io.h"
#include "cache/folder.h"
#include "frontend/support/result.h"

namespace weir {

inline constexpr const char* kTemporaryFolder = "tmp";
inline constexpr const char* kDamagedFolder = "damaged";
inline constexpr const char* kCountersFile = "counters";
inline constexpr std::string_view kEntrySuffix = ".entry";
inline constexpr std::string_view kReasonSuffix = ".reason";

struct EntryName {
  std::string folder;  // "3f"
  std::string file;    // "a07c....entry"
  std::string relative() const { return folder + "/" + file; }
};
EntryName entry_name(const Digest& key);

struct StoredFile {
  enum class Kind : uint8_t { kEntry, kDamaged, kTemporary };
  Kind kind = Kind::kEntry;
  Digest key;          // of an entry
  std::string folder;  // in the cache folder
  std::string name;    // in that folder
  uint64_t size = 0;   // bytes of the file
  Time last_used;      // modification time (see LocalStore::lookup)
  std::string relative() const { return folder + "/" + name; }
};

// What a file costs: whole blocks of 4 KiB.
uint64_t disk_size(uint64_t file_size);

struct ScanFilter {
  bool entries_only = false;
  std::string_view key_prefix;  // lower-case hex digits
  Owner owner = Owner::kSelf;   // whose folders are walked
};

// All files of ours, entries sorted by key, then damaged, then temporary. Files that disappear on
// the way are left out, and so are files that are not regular. A folder that is refused or cannot
// be read is an Error.
Result<std::vector<StoredFile>> scan_store(int root, std::string_view root_path,
                                           const ScanFilter& filter = {});

// Removes a file that a scan found. False: it was gone already.
Result<bool> remove_stored_file(int root, std::string_view root_path, const StoredFile& file);

}  // namespace weir
