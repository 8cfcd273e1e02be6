// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/entry.h"

#include <fmt/format.h>

#include "cache/digest_stream.h"
#include "cache/no_throw.h"

namespace weir {

namespace {

constexpr std::array<uint8_t, 8> kMagic = {0x89, 'W', 'E', 'I', 'R', 'C', 'E', '\n'};
constexpr size_t kChecksumSize = Digest::kSize;
// What every version has: magic, version, checksum.
constexpr size_t kMinEntrySize = kMagic.size() + sizeof(uint32_t) + kChecksumSize;

enum Encoding : uint32_t { kStored = 0, kZstd = 1 };

// A file takes whole blocks of the file system, so compressing below that only costs time on every
// hit. 4 KiB: ext4, xfs and btrfs.
constexpr uint64_t kBlock = 4096;
uint64_t blocks(uint64_t size) {
  return (size + kBlock - 1) / kBlock;
}

// The fixed part, as it stands in the file.
struct RawHeader {
  uint32_t version = 0;
  uint32_t encoding = 0;
  Digest key;
  uint64_t object_size = 0;
  uint64_t payload_size = 0;
  uint32_t description_size = 0;
};

Error damaged(std::string message) {
  return Error(ErrorCode::kCacheDamaged, std::move(message));
}

Result<uint32_t> read_version(ByteSpan file) {
  ByteReader reader(file);
  ByteSpan magic = reader.take(kMagic.size());
  uint32_t version = reader.read<uint32_t>();
  if (!reader.ok() || file.size() < kMinEntrySize) {
    return damaged(
        fmt::format("truncated: {} bytes, an entry has at least {}", file.size(), kMinEntrySize));
  }
  if (!std::equal(kMagic.begin(), kMagic.end(), magic.begin())) {
    return damaged("bad magic: not a weir cache entry");
  }
  return version;
}

Error other_version(uint32_t version) {
  return Error(
      ErrorCode::kCacheUnavailable,
      fmt::format("the entry has format version {}, this weir reads {}", version, kEntryVersion));
}

// Checks every field that does not need the rest of the file.
Result<RawHeader> read_header(ByteSpan file) {
  ByteReader reader(file);
  RawHeader header;
  (void)reader.take(kMagic.size());
  header.version = reader.read<uint32_t>();
  header.encoding = reader.read<uint32_t>();
  header.key.bytes = reader.read<decltype(Digest::bytes)>();
  header.object_size = reader.read<uint64_t>();
  header.payload_size = reader.read<uint64_t>();
  header.description_size = reader.read<uint32_t>();
  if (!reader.ok()) {
    return damaged(
        fmt::format("truncated: {} bytes, the header has {}", file.size(), kEntryHeaderSize));
  }
  if (header.encoding != kStored && header.encoding != kZstd) {
    return damaged(fmt::format("unknown encoding {}", header.encoding));
  }
  if (header.object_size > kMaxObjectSize) {
    return damaged(fmt::format("oversized: the object has {} bytes, at most {} are allowed",
                               header.object_size, kMaxObjectSize));
  }
  if (header.description_size > kMaxDescriptionSize) {
    return damaged(fmt::format("oversized: the description has {} bytes, at most {} are allowed",
                               header.description_size, kMaxDescriptionSize));
  }
  // With this the sum of all parts cannot overflow.
  bool fits = header.encoding == kStored ? header.payload_size == header.object_size
                                         : header.payload_size < header.object_size;
  if (!fits) {
    return damaged(fmt::format("a payload of {} bytes for an object of {}", header.payload_size,
                               header.object_size));
  }
  return header;
}

bool checksum_holds(ByteSpan file) {
  ByteSpan covered = file.first(file.size() - kChecksumSize);
  Digest actual = digest_of(covered);
  return std::equal(actual.bytes.begin(), actual.bytes.end(), file.last(kChecksumSize).begin());
}

}  // namespace

Result<std::vector<uint8_t>> encode_entry(const Digest& key, ByteSpan object,
                                          const Description& description) {
  return without_exceptions([&]() -> Result<std::vector<uint8_t>> {
    if (object.size() > kMaxObjectSize) {
      return Error(ErrorCode::kLimit,
                   fmt::format("an object of {} bytes, the cache keeps at most {}", object.size(),
                               kMaxObjectSize));
    }
    std::string text = description.to_text();
    if (text.size() > kMaxDescriptionSize) {
      return Error(ErrorCode::kLimit,
                   fmt::format("a description of {} bytes, the cache keeps at most {}", text.size(),
                               kMaxDescriptionSize));
    }

    ByteSpan payload = object;
    Encoding encoding = kStored;
    std::vector<uint8_t> frame;
    const uint64_t rest = kEntryHeaderSize + text.size() + kChecksumSize;
    if (blocks(rest + object.size()) > 1) {
      WEIR_TRY(frame, compress(object));
      if (blocks(rest + frame.size()) < blocks(rest + object.size())) {
        payload = frame;
        encoding = kZstd;
      }
    }

    ByteWriter writer;
    writer.write_bytes(kMagic);
    writer.write(kEntryVersion);
    writer.write(static_cast<uint32_t>(encoding));
    writer.write_bytes(key.bytes);
    writer.write(static_cast<uint64_t>(object.size()));
    writer.write(static_cast<uint64_t>(payload.size()));
    writer.write(static_cast<uint32_t>(text.size()));
    writer.write_bytes(as_bytes(text));
    writer.write_bytes(payload);
    writer.write_bytes(digest_of(writer.bytes()).bytes);
    return writer.take();
  });
}

Result<EntryView> open_entry(ByteSpan file, const Digest& key) {
  return without_exceptions([&]() -> Result<EntryView> {
    WEIR_TRY(uint32_t version, read_version(file));
    if (version != kEntryVersion) {
      if (!checksum_holds(file)) {
        return damaged(
            fmt::format("checksum mismatch in an entry that says format version {}", version));
      }
      return other_version(version);
    }

    // The parts must add up to the file before the checksum is worth computing: this tells "cut
    // short" from "altered".
    WEIR_TRY(RawHeader header, read_header(file));
    const uint64_t body_size = kEntryHeaderSize + header.description_size + header.payload_size;
    if (file.size() < body_size + kChecksumSize) {
      return damaged(
          fmt::format("truncated: {} of {} bytes", file.size(), body_size + kChecksumSize));
    }
    ByteSpan block = file.subspan(body_size, file.size() - body_size - kChecksumSize);
    auto split = split_signatures(block);
    if (split && !split->body.empty()) {
      return damaged(
          fmt::format("{} bytes follow the entry of {}", block.size(), body_size + kChecksumSize));
    }

    // One pass gives both digests.
    DigestStream digests;
    digests.add(file.first(body_size));
    EntryView view;
    view.body = {SignedThing::kEntry, digests.so_far(), body_size};
    digests.add(block);
    const Digest actual = digests.so_far();
    if (!std::equal(actual.bytes.begin(), actual.bytes.end(), file.last(kChecksumSize).begin())) {
      return damaged("checksum mismatch");
    }
    // From here on the bytes are what some writer wrote; whether it wrote sense is still open.

    if (!split) return split.take_error();
    if (header.key != key) {
      return damaged(fmt::format("wrong key: the entry was made for {}", header.key.hex()));
    }
    view.key = header.key;
    view.object_size = header.object_size;
    view.compressed = header.encoding == kZstd;
    view.description = file.subspan(kEntryHeaderSize, header.description_size);
    view.payload = file.subspan(kEntryHeaderSize + header.description_size, header.payload_size);
    view.signatures = std::move(split->signatures);
    return view;
  });
}

Result<Entry> unpack_entry(const EntryView& view) {
  return without_exceptions([&]() -> Result<Entry> {
    Entry entry;
    entry.key = view.key;
    WEIR_TRY(entry.description, Description::from_text(as_text(view.description)));
    if (view.compressed) {
      WEIR_TRY(entry.object, decompress(view.payload, view.object_size));
    } else {
      WEIR_TRY(entry.object, allocate_bytes(view.payload.size()));
      std::copy(view.payload.begin(), view.payload.end(), entry.object.begin());
    }
    return entry;
  });
}

Result<Entry> decode_entry(ByteSpan file, const Digest& key) {
  WEIR_TRY(const EntryView view, open_entry(file, key));
  return unpack_entry(view);
}

Result<std::vector<uint8_t>> with_signatures(ByteSpan file, const Digest& key,
                                             std::span<const Signature> signatures) {
  return without_exceptions([&]() -> Result<std::vector<uint8_t>> {
    WEIR_TRY(const EntryView view, open_entry(file, key));
    ByteWriter writer;
    writer.write_bytes(file.first(view.body.size));
    append_signatures(writer, signatures);
    writer.write_bytes(digest_of(writer.bytes()).bytes);
    return writer.take();
  });
}

Result<EntryHeader> peek_entry(ByteSpan start) {
  return without_exceptions([&]() -> Result<EntryHeader> {
    WEIR_TRY(uint32_t version, read_version(start));
    if (version != kEntryVersion) return other_version(version);
    WEIR_TRY(RawHeader raw, read_header(start));
    if (start.size() - kEntryHeaderSize < raw.description_size) {
      return damaged("truncated: the description is cut short");
    }
    EntryHeader header;
    header.key = raw.key;
    header.object_size = raw.object_size;
    header.payload_size = raw.payload_size;
    header.compressed = raw.encoding == kZstd;
    WEIR_TRY(
        header.description,
        Description::from_text(as_text(start.subspan(kEntryHeaderSize, raw.description_size))));
    return header;
  });
}

}  // namespace weir
