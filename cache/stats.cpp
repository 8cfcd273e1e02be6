// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/stats.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cache/digest.h"
#include "cache/folder.h"
#include "cache/layout.h"
#include "cache/no_throw.h"

namespace weir {

namespace {

// The file: magic, the counters as u64, a u64 that is 1 if the byte count is right, the first 16
// bytes of the BLAKE2b of all that.
constexpr std::array<uint8_t, 8> kMagic = {0x89, 'W', 'E', 'I', 'R', 'C', 'T', '1'};
constexpr size_t kChecksumSize = 16;
constexpr size_t kFileSize = kMagic.size() + (kCounterCount + 1) * sizeof(uint64_t) + kChecksumSize;

// The lock is held for about 10 microseconds. A hit tries once; others have ten attempts, 2 ms in
// all, which gets it from a crowd. A process that was stopped with the lock costs nobody more than
// that.
constexpr int kOneAttempt = 1;
constexpr int kLockAttempts = 10;
constexpr useconds_t kLockPause = 200;

using Totals = std::array<uint64_t, kCounterCount>;

struct Contents {
  Totals totals{};
  uint64_t bytes_known = 0;
};

int64_t now_nanoseconds() {
  timespec now{};
  // The coarse clock is a read from memory; it is right to a few milliseconds.
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

bool lock_file(int fd, int kind, int attempts) {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (attempt != 0) ::usleep(kLockPause);
    if (::flock(fd, kind | LOCK_NB) == 0) return true;
  }
  return false;
}

std::vector<uint8_t> encode(const Contents& contents) {
  ByteWriter writer;
  writer.write_bytes(kMagic);
  for (uint64_t total : contents.totals) writer.write(total);
  writer.write(contents.bytes_known);
  writer.write_bytes(ByteSpan(digest_of(writer.bytes()).bytes).first(kChecksumSize));
  return writer.take();
}

// What encode() wrote; for any other bytes, a new beginning.
Contents decode(ByteSpan file) {
  if (file.size() != kFileSize) return {};
  ByteReader reader(file);
  (void)reader.take(kMagic.size());
  Contents contents;
  for (uint64_t& total : contents.totals) total = reader.read<uint64_t>();
  contents.bytes_known = reader.read<uint64_t>();
  std::vector<uint8_t> expected = encode(contents);
  if (!std::equal(expected.begin(), expected.end(), file.begin())) return {};
  return contents;
}

// Counters stop at both ends instead of going round.
uint64_t add_saturating(uint64_t total, int64_t amount) {
  if (amount >= 0) {
    uint64_t sum = total + static_cast<uint64_t>(amount);
    return sum < total ? ~uint64_t{0} : sum;
  }
  uint64_t loss = ~static_cast<uint64_t>(amount) + 1;
  return loss > total ? 0 : total - loss;
}

Stats to_stats(const Totals& totals) {
  auto at = [&](Counter counter) { return totals[static_cast<size_t>(counter)]; };
  return {.hits = at(Counter::kHits),
          .misses = at(Counter::kMisses),
          .puts = at(Counter::kPuts),
          .damaged = at(Counter::kDamaged),
          .refused = at(Counter::kRefused),
          .evicted = at(Counter::kEvicted),
          .bytes = at(Counter::kBytes)};
}

}  // namespace

CounterFile::CounterFile(UniqueFd root, std::string root_path, bool read_only)
    : root_(std::move(root)),
      path_(fmt::format("{}/{}", root_path, kCountersFile)),
      read_only_(read_only),
      last_flush_(now_nanoseconds()),
      process_(::getpid()) {}

CounterFile::~CounterFile() {
  forget_parent();
  if (events_.load(std::memory_order_relaxed) != 0) (void)flush();
}

void CounterFile::add(Counter counter, int64_t amount) {
  forget_parent();
  pending_[static_cast<size_t>(counter)].fetch_add(amount, std::memory_order_relaxed);
  int64_t events = events_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (read_only_) return;
  int64_t now = now_nanoseconds();
  int64_t last = last_flush_.load(std::memory_order_relaxed);
  bool due =
      events >= kFlushEvents || now - last >= std::chrono::nanoseconds(kFlushInterval).count();
  // One thread takes the turn; a failed flush waits for the next one too.
  if (due && last_flush_.compare_exchange_strong(last, now, std::memory_order_relaxed)) {
    events_.store(0, std::memory_order_relaxed);
    (void)flush_pending(kOneAttempt);
  }
}

// After fork() the child holds counts that the parent will write.
void CounterFile::forget_parent() {
  pid_t self = ::getpid();
  pid_t owner = process_.load(std::memory_order_relaxed);
  if (owner == self) return;
  if (process_.compare_exchange_strong(owner, self, std::memory_order_relaxed)) {
    (void)take_pending();
    events_.store(0, std::memory_order_relaxed);
  }
}

CounterFile::Amounts CounterFile::take_pending() {
  Amounts amounts{};
  for (size_t i = 0; i < kCounterCount; ++i) {
    amounts[i] = pending_[i].exchange(0, std::memory_order_relaxed);
  }
  return amounts;
}

Result<CounterFile::Flushed> CounterFile::flush() {
  return flush_pending(kLockAttempts);
}

Result<CounterFile::Flushed> CounterFile::flush_pending(int lock_attempts) {
  forget_parent();
  Amounts amounts = take_pending();
  auto flushed = without_exceptions([&] { return merge(amounts, nullptr, lock_attempts); });
  if (!flushed) {
    for (size_t i = 0; i < kCounterCount; ++i) {
      pending_[i].fetch_add(amounts[i], std::memory_order_relaxed);
    }
    // So that the destructor tries again.
    events_.fetch_add(1, std::memory_order_relaxed);
  } else {
    events_.store(0, std::memory_order_relaxed);
    last_flush_.store(now_nanoseconds(), std::memory_order_relaxed);
  }
  return flushed;
}

Status CounterFile::set_bytes(uint64_t bytes) {
  auto merged = merge(Amounts{}, &bytes, kLockAttempts);
  if (!merged) return merged.take_error();
  return {};
}

Result<CounterFile::Flushed> CounterFile::merge(const Amounts& amounts, const uint64_t* exact_bytes,
                                                int lock_attempts) {
  if (read_only_) {
    return Error(ErrorCode::kCacheUnavailable, "the cache is opened for reading only")
        .in_file(path_);
  }
  UniqueFd fd(
      open_at(root_.get(), kCountersFile, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd) return io_error("open the counters", path_, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("examine the counters", path_, errno);
  WEIR_CHECK(check_file_owner(info, path_));
  // Closing the descriptor lets go of the lock.
  if (!lock_file(fd.get(), LOCK_EX, lock_attempts))
    return io_error("lock the counters", path_, EWOULDBLOCK);

  // One byte more than it should have shows a file that is too long.
  WEIR_TRY(Buffer file, read_start(fd.get(), kFileSize + 1, path_));
  Contents contents = decode(file.span());
  if (file.size > kFileSize && ::ftruncate(fd.get(), 0) != 0) {
    return io_error("cut the damaged counters", path_, errno);
  }
  for (size_t i = 0; i < kCounterCount; ++i) {
    contents.totals[i] = add_saturating(contents.totals[i], amounts[i]);
  }
  if (exact_bytes != nullptr) {
    contents.totals[static_cast<size_t>(Counter::kBytes)] = *exact_bytes;
    contents.bytes_known = 1;
  }
  WEIR_CHECK(write_at(fd.get(), encode(contents), 0, path_));
  return Flushed{.totals = to_stats(contents.totals), .bytes_known = contents.bytes_known != 0};
}

Result<Stats> CounterFile::read() {
  return without_exceptions([&]() -> Result<Stats> {
    forget_parent();
    Totals totals{};
    WEIR_TRY(OpenedFile opened,
             open_own_file(root_.get(), kCountersFile, path_, Owner::kSelfOrRoot));
    if (opened.fd) {
      // A shared lock, if it is to be had: without, a write that is under way can look like damage.
      (void)lock_file(opened.fd.get(), LOCK_SH, kLockAttempts);
      WEIR_TRY(Buffer file, read_start(opened.fd.get(), kFileSize + 1, path_));
      totals = decode(file.span()).totals;
    }
    for (size_t i = 0; i < kCounterCount; ++i) {
      totals[i] = add_saturating(totals[i], pending_[i].load(std::memory_order_relaxed));
    }
    return to_stats(totals);
  });
}

}  // namespace weir
