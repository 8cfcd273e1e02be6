// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Opening, looking up, putting, setting aside. The calls that go over all entries are in
// maintenance.cpp.
#include "cache/local_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cache/atomic_file.h"
#include "cache/entry.h"
#include "cache/folder.h"
#include "cache/no_throw.h"
#include "cache/signing_key.h"
#include "cache/trust.h"

namespace weir {

LocalStore::LocalStore(std::string path, UniqueFd root, const StoreOptions& options)
    : path_(std::move(path)), root_(std::move(root)), options_(options) {}

Result<LocalStore> LocalStore::open(const std::string& folder, const StoreOptions& options) {
  return without_exceptions([&]() -> Result<LocalStore> {
    const Owner owner = options.origin == Origin::kSystem ? Owner::kSelfOrRoot : Owner::kSelf;
    WEIR_TRY(UniqueFd root, open_cache_folder(folder, !options.read_only, owner));
    auto another = [&] { return UniqueFd(::fcntl(root.get(), F_DUPFD_CLOEXEC, 0)); };
    UniqueFd counters_root = another();
    UniqueFd evictor_root = another();
    if (!counters_root || !evictor_root) return io_error("open the cache folder", folder, errno);
    LocalStore store(folder, std::move(root), options);
    WEIR_TRY(store.config_, read_store_config(store.root_.get(), folder, owner));
    store.counters_ =
        std::make_unique<CounterFile>(std::move(counters_root), folder, options.read_only);
    store.evictor_ = std::make_unique<Evictor>(std::move(evictor_root), folder, *store.counters_);
    return store;
  });
}

std::string LocalStore::entry_path(const Digest& key) const {
  return fmt::format("{}/{}", path_, entry_name(key).relative());
}

Status LocalStore::writable() const {
  if (!options_.read_only) return {};
  return Error(ErrorCode::kCacheUnavailable, "the cache is opened for reading only").in_file(path_);
}

Result<Lookup> LocalStore::lookup(const Digest& key) {
  return without_exceptions([&]() -> Result<Lookup> {
    auto found = find(key);
    if (!found) {
      counters_->add(Counter::kRefused);
    } else if (found->hit()) {
      counters_->add(Counter::kHits);
    } else if (found->absent()) {
      counters_->add(Counter::kMisses);
    } else {
      counters_->add(Counter::kDamaged);
    }
    return found;
  });
}

Result<OpenedFile> LocalStore::open_entry_file(const Digest& key) const {
  EntryName name = entry_name(key);
  WEIR_TRY(UniqueFd folder, open_subfolder(root_.get(), path_, name.folder.c_str(),
                                           IfAbsent::kGiveNothing, owner()));
  if (!folder) return OpenedFile{};
  return open_own_file(folder.get(), name.file.c_str(), entry_path(key), owner());
}

Result<Lookup> LocalStore::find(const Digest& key) {
  Lookup lookup;
  // Open the one file the entry can be in, and from here on look only at what was opened.
  WEIR_TRY(OpenedFile file, open_entry_file(key));
  if (!file.fd) return lookup;
  std::string path = entry_path(key);

  // Read it. Its size bounds the memory, and the format bounds its size.
  const uint64_t size = static_cast<uint64_t>(file.info.st_size);
  Result<Entry> decoded = Error(
      ErrorCode::kCacheDamaged,
      fmt::format("oversized: a file of {} bytes, an entry has at most {}", size, kMaxEntrySize));
  if (size <= kMaxEntrySize) {
    WEIR_TRY(Buffer bytes, read_start(file.fd.get(), size, path));
    static const Trust kBuiltIn;
    decoded =
        take_entry(bytes.span(), key, options_.trust ? *options_.trust : kBuiltIn, options_.origin);
  }

  if (decoded) {
    touch(file.fd.get(), file.info);
    lookup.state = Lookup::State::kHit;
    lookup.object = std::move(decoded->object);
    lookup.description = std::move(decoded->description);
    lookup.origin = options_.origin;
    return lookup;
  }
  Error error = decoded.take_error().in_file(path);
  switch (error.code()) {
    case ErrorCode::kCacheDamaged:
      lookup.state = Lookup::State::kDamaged;
      lookup.set_aside = set_aside(key, file.info, error);
      lookup.damage = std::move(error);
      return lookup;
    case ErrorCode::kCacheUnavailable:  // another weir's format: not there for this one
      return lookup;
    default: return error;
  }
}

void LocalStore::touch(int fd, const struct stat& info) const {
  if (options_.read_only) return;
  const auto age = std::chrono::system_clock::now() - to_time(info.st_mtim);
  // A time in the future (a clock that was wrong) would keep the entry for ever: that is mended
  // too.
  if (age >= Time::duration::zero() && age < options_.touch_interval) return;
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                             {.tv_sec = 0, .tv_nsec = UTIME_NOW}};
  // On a read-only file system the order of eviction does not matter.
  (void)::futimens(fd, times);
}

Status LocalStore::put(const Digest& key, ByteSpan object, const Description& description) {
  return without_exceptions([&]() -> Status {
    WEIR_CHECK(writable());
    WEIR_TRY(auto bytes, encode_entry(key, object, description));
    if (options_.signer) {
      WEIR_TRY(const EntryView view, open_entry(bytes, key));
      const Signature signature = options_.signer->sign(view.body);
      WEIR_TRY(bytes, with_signatures(bytes, key, std::span(&signature, 1)));
    }
    return publish(key, bytes);
  });
}

Result<std::optional<std::vector<uint8_t>>> LocalStore::read_entry(const Digest& key) const {
  return without_exceptions([&]() -> Result<std::optional<std::vector<uint8_t>>> {
    std::optional<std::vector<uint8_t>> out;
    WEIR_TRY(const OpenedFile file, open_entry_file(key));
    if (!file.fd) return out;
    const std::string path = entry_path(key);
    // A byte more than allowed is enough to be refused.
    WEIR_TRY(
        const Buffer bytes,
        read_start(file.fd.get(),
                   std::min<uint64_t>(static_cast<uint64_t>(file.info.st_size), kMaxEntrySize + 1),
                   path));
    auto whole = open_entry(bytes.span(), key);
    if (!whole) return whole.take_error().in_file(path);
    out.emplace(bytes.span().begin(), bytes.span().end());
    return out;
  });
}

Status LocalStore::put_entry(const Digest& key, ByteSpan file) {
  return without_exceptions([&]() -> Status {
    WEIR_CHECK(writable());
    WEIR_CHECK(open_entry(file, key));
    return publish(key, file);
  });
}

Status LocalStore::publish(const Digest& key, ByteSpan bytes) {
  return without_exceptions([&]() -> Status {
    // Written in tmp/, where no reader looks, then renamed to its place in one step.
    EntryName name = entry_name(key);
    WEIR_TRY(UniqueFd temporary,
             open_subfolder(root_.get(), path_, kTemporaryFolder, IfAbsent::kCreate));
    WEIR_TRY(UniqueFd folder,
             open_subfolder(root_.get(), path_, name.folder.c_str(), IfAbsent::kCreate));
    WEIR_TRY(AtomicFile file,
             AtomicFile::create(temporary.get(), folder.get(), name.file, entry_path(key)));
    WEIR_CHECK(file.write(bytes));
    struct stat replaced {};
    bool replaces = ::fstatat(folder.get(), name.file.c_str(), &replaced, AT_SYMLINK_NOFOLLOW) == 0;
    WEIR_CHECK(file.commit(options_.sync));

    // From here on the entry is there; counting and evicting are never a reason to say otherwise.
    counters_->add(Counter::kPuts);
    counters_->add(Counter::kBytes, static_cast<int64_t>(disk_size(bytes.size())));
    if (replaces && S_ISREG(replaced.st_mode)) {
      counters_->add(Counter::kBytes,
                     -static_cast<int64_t>(disk_size(static_cast<uint64_t>(replaced.st_size))));
    }
    (void)without_exceptions([&]() -> Status {
      evict_if_too_large();
      return {};
    });
    return {};
  });
}

void LocalStore::evict_if_too_large() {
  auto flushed = counters_->flush();
  if (!flushed) return;  // the counters' own trouble: stats() reports it
  uint64_t bytes = flushed->totals.bytes;
  if (!flushed->bytes_known) {
    // A new cache, or lost counters: count.
    auto files =
        scan_store(root_.get(), path_, {.entries_only = true, .key_prefix = {}, .owner = owner()});
    if (!files) return;
    bytes = 0;
    for (const StoredFile& file : *files) bytes += disk_size(file.size);
    (void)counters_->set_bytes(bytes);
  }
  const uint64_t limit = max_size();
  const bool too_large = limit != 0 && bytes > limit;
  if (!too_large && !age_check_due()) return;
  // A tenth below the limit, so that not every put has to look at every file.
  PruneLimits limits{.max_size = {}, .max_age = config_.max_age};
  if (limit != 0) limits.max_size = limit - limit / 10;
  evictor_->start(limits);
}

// Once in so long one process looks for entries that are too old. When that was last, the time of
// the settings' file says.
bool LocalStore::age_check_due() const {
  if (!config_.max_age) return false;
  struct stat info {};
  if (::fstatat(root_.get(), kConfigFile, &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
  const auto age = std::chrono::system_clock::now() - to_time(info.st_mtim);
  if (age < kAgeCheckInterval) return false;
  return ::utimensat(root_.get(), kConfigFile, nullptr, AT_SYMLINK_NOFOLLOW) == 0;
}

uint64_t LocalStore::max_size() const {
  return options_.max_size.value_or(config_.max_size.value_or(kDefaultMaxSize));
}

// Moves the file that was judged, and no other, to damaged/. Gives its new path, or nothing.
std::string LocalStore::set_aside(const Digest& key, const struct stat& judged,
                                  const Error& reason) {
  if (options_.read_only) return {};
  EntryName name = entry_name(key);
  auto damaged = open_subfolder(root_.get(), path_, kDamagedFolder, IfAbsent::kCreate);
  auto folder = open_subfolder(root_.get(), path_, name.folder.c_str(), IfAbsent::kGiveNothing);
  if (!damaged || !folder || !*folder) return {};
  auto is_judged = [&](int in, const std::string& file) {
    struct stat info {};
    return ::fstatat(in, file.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           info.st_dev == judged.st_dev && info.st_ino == judged.st_ino;
  };
  // A writer may have put a whole entry in its place meanwhile.
  if (!is_judged(folder->get(), name.file)) return {};
  std::string stem =
      fmt::format("{}-{:x}-{}", key.hex(),
                  std::chrono::system_clock::now().time_since_epoch().count(), ::getpid());
  std::string target = stem + std::string(kEntrySuffix);
  if (::renameat(folder->get(), name.file.c_str(), damaged->get(), target.c_str()) != 0) return {};
  if (!is_judged(damaged->get(), target)) {
    // ... or between the look and the move: it goes back.
    (void)::renameat(damaged->get(), target.c_str(), folder->get(), name.file.c_str());
    return {};
  }
  counters_->add(Counter::kBytes,
                 -static_cast<int64_t>(disk_size(static_cast<uint64_t>(judged.st_size))));

  std::string why = reason.to_string() + "\n";
  std::string why_name = stem + std::string(kReasonSuffix);
  UniqueFd fd(
      open_at(damaged->get(), why_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  // Without it (a full disk) the file still tells what is wrong to whoever decodes it.
  if (fd) (void)write_at(fd.get(), as_bytes(why), 0, why_name);
  return fmt::format("{}/{}/{}", path_, kDamagedFolder, target);
}

Status LocalStore::set_config(const StoreConfig& config) {
  return without_exceptions([&]() -> Status {
    WEIR_CHECK(writable());
    WEIR_CHECK(write_store_config(root_.get(), path_, config));
    config_ = config;
    return {};
  });
}

Status LocalStore::zero_stats() {
  return without_exceptions([&]() -> Status {
    WEIR_CHECK(writable());
    auto flushed = counters_->flush();
    if (!flushed) return flushed.take_error();
    const Stats& now = flushed->totals;
    // Taken away rather than set: what others count meanwhile stays.
    const std::pair<Counter, uint64_t> counts[] = {
        {Counter::kHits, now.hits},       {Counter::kMisses, now.misses},
        {Counter::kPuts, now.puts},       {Counter::kDamaged, now.damaged},
        {Counter::kRefused, now.refused}, {Counter::kEvicted, now.evicted}};
    for (const auto& [counter, value] : counts) {
      counters_->add(counter, -static_cast<int64_t>(value));
    }
    return flush_stats();
  });
}

Status LocalStore::flush_stats() {
  return without_exceptions([&]() -> Status {
    auto flushed = counters_->flush();
    if (!flushed) return flushed.take_error();
    return {};
  });
}

}  // namespace weir
