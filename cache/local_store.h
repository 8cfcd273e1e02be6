// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cache in a local folder. layout.h shows the folder, entry.h a file in it.
//
//  - lookup() opens, checks, reads and decodes one file. It takes no lock and waits for nobody. A
//    file that is not exactly what some put() wrote is never a hit: it is moved to damaged/ with
//    the reason.
//  - put() publishes by rename (atomic_file.h); whoever is killed at any step leaves the store
//    whole.
//  - A file or folder that another user owns or may write is refused (folder.h).
//  - What the host does not trust (trust.h) is refused: it stays where it is, a put replaces it.
//  - Least recently used entries leave when the folder outgrows its limit (eviction.h).
//
// All calls may come from any thread and any number of processes at once. No call throws, prints or
// ends the process; what cannot be done is an Error that the caller is free to ignore.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/eviction.h"
#include "cache/evictor.h"
#include "cache/folder.h"
#include "cache/stats.h"
#include "cache/store.h"
#include "cache/store_config.h"

namespace weir {

class Trust;    // trust.h
struct Signer;  // signing_key.h

inline constexpr uint64_t kDefaultMaxSize = uint64_t{1} << 30;
// How often a folder with a limit of age is looked through for entries that are past it.
inline constexpr std::chrono::seconds kAgeCheckInterval = std::chrono::hours(1);

struct StoreOptions {
  // After a put, entries beyond this are evicted beside the work, down to 90 % of it. 0: only when
  // prune() is called. Empty: what the folder's settings say (store_config.h), else
  // kDefaultMaxSize.
  std::optional<uint64_t> max_size;
  // A hit moves the entry's time of use forward if that is older than this. An hour keeps the order
  // good enough to evict by, and makes all but one hit an hour free of writing.
  std::chrono::seconds touch_interval = std::chrono::hours(1);
  // put() waits until the disk has the entry. Off: an entry that a power failure cuts short is
  // found by its checksum and compiled again, which costs less than waiting every time.
  bool sync = false;
  // Creates, changes and counts nothing; put() and all that removes are an Error.
  bool read_only = false;
  // kLocal: this user's own folder. kSystem: one that root may own; with read_only.
  Origin origin = Origin::kLocal;
  // Judges every entry before it is unpacked. Null: the built-in rules.
  std::shared_ptr<const Trust> trust;
  // Signs what put() keeps. Null: nothing is signed.
  std::shared_ptr<const Signer> signer;
};

// An entry as list() and explain() show it.
struct EntryInfo {
  Digest key;
  uint64_t file_size = 0;    // bytes
  uint64_t object_size = 0;  // bytes, uncompressed
  Time last_used;            // see StoreOptions::touch_interval
  Description description;
  std::optional<Error>
      problem;  // list(): its header cannot be read; sizes and description are empty
};

struct VerifyReport {
  uint64_t whole = 0;
  uint64_t other_version = 0;  // whole entries of another weir's format, left alone
  struct Damaged {
    Digest key;
    Error error;
    std::string set_aside;  // empty: could not be moved
  };
  std::vector<Damaged> damaged;
  std::vector<Error> refused;  // another owner, not readable: left where they are
};

struct ClearReport {
  uint64_t entries = 0;
  uint64_t bytes = 0;  // disk space of all removed files
  std::vector<Error> problems;
};

class LocalStore final : public Store {
 public:
  // Opens the folder, and creates it unless read_only. Errors: CacheOwner, CacheUnavailable, Usage.
  static Result<LocalStore> open(const std::string& folder, const StoreOptions& options = {});

  // Errors: CacheOwner (the file is refused; it stays), CacheUnavailable, OutOfMemory. An entry of
  // another format version is absent.
  Result<Lookup> lookup(const Digest& key) override;

  // Keeps `object`, at most kMaxObjectSize bytes, under `key`; replaces what is there. Errors:
  // Limit, CacheOwner, CacheUnavailable (disk full, read-only, ...), OutOfMemory.
  Status put(const Digest& key, ByteSpan object, const Description& description) override;

  // An entry as a file (entry.h), to hand on with its signatures or to sign: checked to be whole,
  // and not judged. Nothing: there is none. Errors: as of lookup(), and CacheDamaged.
  Result<std::optional<std::vector<uint8_t>>> read_entry(const Digest& key) const;
  // Keeps a whole entry file as it is, signatures and all. Whoever calls it has judged it.
  // Errors: those of open_entry() and put().
  Status put_entry(const Digest& key, ByteSpan file);

  std::string name() const override { return path_; }
  // Where the entry of `key` is or would be.
  std::string entry_path(const Digest& key) const;

  // All entries, most recently used first. Reads headers only.
  Result<std::vector<EntryInfo>> list() const;
  // The key that starts with these hex digits (at least one). Errors: Usage (no hex digits, or
  // several keys: the message names some), NotFound.
  Result<Digest> find_by_prefix(std::string_view hex) const;
  // What the entry says of itself; decoded and checked, but not counted as a lookup and not set
  // aside.
  Result<EntryInfo> explain(std::string_view hex_prefix) const;

  // Decodes every entry and sets the damaged aside.
  Result<VerifyReport> verify();
  Result<PruneReport> prune(const PruneLimits& limits);
  // Removes every entry, damaged and temporary file. Counters stay.
  Result<ClearReport> clear();

  Result<Stats> stats() const { return counters_->read(); }
  // All counts but that of bytes begin anew.
  Status zero_stats();

  // The folder's settings, as they were when it was opened or were set.
  const StoreConfig& config() const { return config_; }
  Status set_config(const StoreConfig& config);
  // Until no eviction of this process is going on.
  void wait_for_eviction() { evictor_->wait(); }
  // Writes the counts of this process now; otherwise that happens by itself (stats.h).
  Status flush_stats();

 private:
  LocalStore(std::string path, UniqueFd root, const StoreOptions& options);

  Result<Lookup> find(const Digest& key);
  // The entry's file, opened and checked; an empty fd if there is none.
  Result<OpenedFile> open_entry_file(const Digest& key) const;
  Status publish(const Digest& key, ByteSpan file);
  Owner owner() const {
    return options_.origin == Origin::kSystem ? Owner::kSelfOrRoot : Owner::kSelf;
  }
  std::string set_aside(const Digest& key, const struct stat& judged, const Error& reason);
  void touch(int fd, const struct stat& info) const;
  void evict_if_too_large();
  uint64_t max_size() const;
  bool age_check_due() const;
  Status writable() const;

  std::string path_;
  UniqueFd root_;
  StoreOptions options_;
  StoreConfig config_;
  std::unique_ptr<CounterFile> counters_;
  std::unique_ptr<Evictor> evictor_;  // last: it uses the counters
};

}  // namespace weir
