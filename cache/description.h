// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an entry says about itself: the fields its key was made from, and notes that are not part of
// the key (source file, program names, who made it).
//
// It is stored as text, one field a line, so that `strings` on an entry is already an answer:
//
//     key arch: x86-64
//     key bytecode: 8192 bytes, blake2b 1f00aa...
//     note source: filter.o
//
// Tags and values may hold any bytes; what is not printable, the backslash, and a colon in a tag
// are written \xNN. Text that to_text() would not have written is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cache/digest.h"
#include "frontend/support/result.h"

namespace weir {

// Enough for some hundred fields. A limit on the file, checked when writing and when reading.
inline constexpr size_t kMaxDescriptionSize = 64 * 1024;

struct Description {
  std::vector<KeyField> key_fields;
  std::vector<KeyField> notes;

  Description& note(std::string_view tag, std::string_view value);
  std::string to_text() const;
  // Errors: CacheDamaged, with the line.
  static Result<Description> from_text(std::string_view text);

  bool operator==(const Description&) const = default;
};

}  // namespace weir
