// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Untrusted text. Names in an ELF file are bytes that somebody else chose: quoted before they are
// printed, checked before they become a symbol.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// `text` with everything unprintable (and backslash) as \xNN, cut at `limit` bytes with "...".
std::string printable(std::string_view text, size_t limit = 120);

// True if `text` is a C identifier of at most 128 bytes.
bool is_identifier(std::string_view text);

// A C identifier made from `text`: each byte outside [A-Za-z0-9_] becomes '_'; never empty;
// never starts with a digit; at most 128 bytes. Not injective.
std::string to_identifier(std::string_view text);

}  // namespace weir
