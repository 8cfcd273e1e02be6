// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format of an entry file, little-endian:
//
//     offset  size
//          0     8  magic 89 'W' 'E' 'I' 'R' 'C' 'E' 0A
//          8     4  format version
//         12     4  encoding of the payload: 0 as it is, 1 one zstd frame
//         16    32  key
//         48     8  size of the object, at most kMaxObjectSize
//         56     8  size of the payload in the file
//         64     4  size of the description, at most kMaxDescriptionSize
//         68     .  description (description.h)
//          .     .  payload
//          .     .  signatures over everything before them (signature.h); none, or a whole block
//          .    32  BLAKE2b-256 of everything before it
//
// Nothing follows the checksum. Every version of the format, past and future, starts with magic and
// version and ends with that checksum: so a reader can tell a whole entry of another version (left
// alone, some other weir wants it) from a damaged one.
//
// The checksum finds damage, not malice: whoever can write the file can compute it. That is what
// the owner checks of the store (folder.h) and the signatures are for (trust.h); yet no file,
// whatever it holds, makes anything here do more than return an Error. Reading has two steps, so
// that signatures can be judged before zstd sees a byte that somebody else chose: open_entry()
// takes the file apart and checks the checksum, unpack_entry() gives the object.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cache/compress.h"
#include "cache/description.h"
#include "cache/digest.h"
#include "cache/signature.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

inline constexpr uint32_t kEntryVersion = 2;
inline constexpr size_t kEntryHeaderSize = 68;
// No entry file is larger: zstd is only used where it makes the payload smaller.
inline constexpr uint64_t kMaxEntrySize =
    kEntryHeaderSize + kMaxDescriptionSize + kMaxObjectSize + kMaxSignatureBlock + Digest::kSize;

struct EntryHeader {
  Digest key;
  uint64_t object_size = 0;   // bytes of the object
  uint64_t payload_size = 0;  // bytes it takes in the file
  bool compressed = false;
  Description description;
};

struct Entry {
  Digest key;
  Description description;
  std::vector<uint8_t> object;
};

// Errors: Limit (object or description too large), OutOfMemory. The same input gives the same bytes
// (with the same zstd).
Result<std::vector<uint8_t>> encode_entry(const Digest& key, ByteSpan object,
                                          const Description& description);

// A whole entry, not unpacked. Borrows the file's bytes.
struct EntryView {
  Digest key;
  uint64_t object_size = 0;
  bool compressed = false;
  ByteSpan description;
  ByteSpan payload;
  SignedBody body;  // what the signatures are over
  std::vector<Signature> signatures;
};

// The entry `file`, which must be made for `key`. Errors:
//   CacheDamaged      truncated, bytes after the end, bad magic, checksum, a header that
//                     contradicts itself, an object that is too large, made for another key;
//   CacheUnavailable  a whole entry of another format version;
//   OutOfMemory.
Result<EntryView> open_entry(ByteSpan file, const Digest& key);

// Errors: CacheDamaged (no description, zstd), OutOfMemory.
Result<Entry> unpack_entry(const EntryView& view);

// Both, for who has no need of signatures: a file that this process has just written, or one whose
// object will not be run.
Result<Entry> decode_entry(ByteSpan file, const Digest& key);

// The same entry with these signatures in place of those it has. `file` is a whole entry.
Result<std::vector<uint8_t>> with_signatures(ByteSpan file, const Digest& key,
                                             std::span<const Signature> signatures);

// The header alone, from the first kEntryHeaderSize + kMaxDescriptionSize bytes (or all, if fewer).
// Checks no checksum: good for listing, never for using the object.
Result<EntryHeader> peek_entry(ByteSpan start);

}  // namespace weir
