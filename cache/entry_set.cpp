// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/entry_set.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cache/entry.h"
#include "cache/no_throw.h"

namespace weir {

namespace {

constexpr std::string_view kMagic = "WEIRSET\n";
constexpr uint32_t kVersion = 1;

Error damaged(std::string message) {
  return Error(ErrorCode::kCacheDamaged, std::move(message));
}

// Exactly as many bytes as `out` has.
Status read_exactly(int fd, std::span<uint8_t> out) {
  for (size_t have = 0; have < out.size();) {
    const ssize_t n = ::read(fd, out.data() + have, out.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("read the set of entries", "", errno);
    if (n == 0) return damaged("truncated: the set of entries ends in the middle");
    have += static_cast<size_t>(n);
  }
  return {};
}

struct Head {
  Digest key;
  uint64_t size = 0;  // of the entry; of the last head, the number of entries
};
Result<Head> read_head(int fd) {
  std::array<uint8_t, Digest::kSize + sizeof(uint64_t)> bytes;
  WEIR_CHECK(read_exactly(fd, bytes));
  ByteReader reader(bytes);
  Head head;
  head.key.bytes = reader.read<decltype(Digest::bytes)>();
  head.size = reader.read<uint64_t>();
  return head;
}

Status write_head(const Head& head, const std::function<Status(ByteSpan)>& write) {
  ByteWriter out;
  out.write_bytes(head.key.bytes);
  out.write(head.size);
  return write(out.bytes());
}

Status import_all(LocalStore& store, int fd, const Trust& trust, Origin origin,
                  ImportReport& report) {
  std::array<uint8_t, kMagic.size() + sizeof(uint32_t)> start;
  WEIR_CHECK(read_exactly(fd, start));
  ByteReader reader(start);
  if (as_text(reader.take(kMagic.size())) != kMagic) return damaged("is no set of entries");
  if (const auto version = reader.read<uint32_t>(); version != kVersion) {
    return Error(ErrorCode::kCacheUnavailable,
                 fmt::format("a set of version {}, this weir reads {}", version, kVersion));
  }
  for (uint64_t count = 0;; ++count) {
    WEIR_TRY(const Head head, read_head(fd));
    if (head.key == Digest()) {
      if (head.size == count) return {};
      return damaged(fmt::format("the set says it has {} entries, and has {}", head.size, count));
    }
    if (head.size > kMaxEntrySize) {
      return damaged(fmt::format("oversized: an entry of {} bytes, at most {} are allowed",
                                 head.size, kMaxEntrySize));
    }
    WEIR_TRY(std::vector<uint8_t> file, allocate_bytes(head.size));
    WEIR_CHECK(read_exactly(fd, file));
    auto taken = take_entry(file, head.key, trust, origin);
    if (!taken) {
      report.refused.push_back(taken.take_error().in_file(head.key.hex()));
      continue;
    }
    WEIR_CHECK(store.put_entry(head.key, file));
    ++report.entries;
  }
}

}  // namespace

Result<ExportReport> export_entries(const LocalStore& store, std::span<const Digest> keys,
                                    const std::function<Status(ByteSpan)>& write) {
  return without_exceptions([&]() -> Result<ExportReport> {
    ExportReport report;
    const auto write_counted = [&](ByteSpan bytes) {
      report.bytes += bytes.size();
      return write(bytes);
    };
    ByteWriter start;
    start.write_bytes(as_bytes(kMagic));
    start.write(kVersion);
    WEIR_CHECK(write_counted(start.bytes()));
    for (const Digest& key : keys) {
      auto file = store.read_entry(key);
      if (!file) {
        report.problems.push_back(file.take_error());
        continue;
      }
      if (!*file) continue;  // evicted meanwhile
      WEIR_CHECK(write_head({key, (*file)->size()}, write_counted));
      WEIR_CHECK(write_counted(**file));
      ++report.entries;
    }
    WEIR_CHECK(write_head({Digest(), report.entries}, write_counted));
    return report;
  });
}

Result<ImportReport> import_entries(LocalStore& store, int fd, const std::string& path,
                                    const Trust& trust, Origin origin) {
  return without_exceptions([&]() -> Result<ImportReport> {
    ImportReport report;
    Status done = import_all(store, fd, trust, origin, report);
    if (!done) return done.take_error().in_file(path);
    return report;
  });
}

}  // namespace weir
