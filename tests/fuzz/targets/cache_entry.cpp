// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Entries of a cache, as a remote store or another process may have left them. The checksum stands
// between blind mutations and everything behind it, so the mutator makes it right again.
#include <algorithm>
#include <cstring>

#include "cache/compress.h"
#include "cache/entry.h"
#include "cache/trust.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

namespace {

constexpr size_t kKeyAt = 16;  // entry.h

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan file(data, size);
  (void)peek_entry(file.first(std::min(size, kEntryHeaderSize + kMaxDescriptionSize)));
  // The key that the file says it is for: else nothing but that is ever looked at.
  Digest key;
  if (size >= kKeyAt + Digest::kSize) std::memcpy(key.bytes.data(), data + kKeyAt, Digest::kSize);
  const auto view = open_entry(file, key);
  if (!view) return 0;
  fuzz::promise(view->key == key, "an entry is for the key that was asked for");
  // 2 MiB are enough to see that sizes are believed for no reason.
  if (view->object_size > (2u << 20) && !view->compressed)
    fuzz::promise(view->object_size == view->payload.size(), "an object is as large as it says");
  const auto entry = unpack_entry(*view);
  const Trust nobody;
  fuzz::promise(!take_entry(file, key, nobody, Origin::kRemote),
                "what came over a network is not taken without a trusted signature");
  if (!entry) return 0;
  fuzz::promise(entry->object.size() == view->object_size, "an object has the size it says");
  const auto again = with_signatures(file, key, {});
  fuzz::promise(again.has_value(), "signatures can be taken off a whole entry");
  const auto bare = decode_entry(*again, key);
  fuzz::promise(bare && bare->object == entry->object && bare->description == entry->description,
                "signatures are no part of what is signed");
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 16 == 0 || size < Digest::kSize) return size;
  const Digest digest = digest_of(ByteSpan(data, size - Digest::kSize));
  std::ranges::copy(digest.bytes, data + size - Digest::kSize);
  return size;
}
