// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/support/text.h"

#include <cstdio>

namespace weir {

namespace {
bool is_word(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
constexpr size_t kMaxIdentifier = 128;
}  // namespace

std::string printable(std::string_view text, size_t limit) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == limit) {
      out += "...";
      break;
    }
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      out += static_cast<char>(c);
    } else {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", c);
      out += hex;
    }
  }
  return out;
}

bool is_identifier(std::string_view text) {
  if (text.empty() || text.size() > kMaxIdentifier || (text[0] >= '0' && text[0] <= '9')) {
    return false;
  }
  for (unsigned char c : text) {
    if (!is_word(c)) return false;
  }
  return true;
}

std::string to_identifier(std::string_view text) {
  std::string out;
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) out += '_';
  for (unsigned char c : text) {
    if (out.size() == kMaxIdentifier) break;
    out += is_word(c) ? static_cast<char>(c) : '_';
  }
  return out;
}

}  // namespace weir
