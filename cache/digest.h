// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What names an entry: a 32-byte BLAKE2b digest.
//
// A cache key is the digest of a list of tagged fields. Each field is framed (length of the tag,
// tag, length of the value, value), so that ("ab", "c") and ("a", "bc") cannot meet, and neither
// can one field and two. The builder keeps the fields in a readable form: they are stored with the
// entry, and a surprising miss is explained by comparing them (explain.h).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

struct Digest {
  static constexpr size_t kSize = 32;
  std::array<uint8_t, kSize> bytes{};

  // 64 lower-case hex digits.
  std::string hex() const;
  // Takes exactly 64 hex digits of either case; anything else is a Usage error.
  static Result<Digest> from_hex(std::string_view text);

  auto operator<=>(const Digest&) const = default;
};

// BLAKE2b-256, no key. Any thread, any size.
Digest digest_of(ByteSpan bytes);

// A field as it is shown: the value itself if it is short and printable, else its length and the
// start of its digest ("8192 bytes, blake2b 1f00...").
struct KeyField {
  std::string tag;
  std::string value;
  bool operator==(const KeyField&) const = default;
};

// The one class here that can throw: std::bad_alloc, when there is no memory for a field.
class KeyBuilder {
 public:
  KeyBuilder();

  KeyBuilder& add(std::string_view tag, ByteSpan value);
  KeyBuilder& add(std::string_view tag, std::string_view value);
  KeyBuilder& add_number(std::string_view tag, uint64_t value);

  // The key of the fields so far; order matters. May be called at any time.
  Digest finish() const;
  const std::vector<KeyField>& fields() const { return fields_; }

 private:
  ByteWriter framed_;
  std::vector<KeyField> fields_;
};

}  // namespace weir
