// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/hex.h"

#include <fmt/format.h>

namespace weir {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteSpan bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(2 * bytes.size(), '0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kDigits[bytes[i] >> 4];
    out[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return out;
}

Status parse_hex_exactly(std::string_view text, std::span<uint8_t> out, std::string_view what) {
  if (text.size() != 2 * out.size()) {
    return Error(ErrorCode::kUsage, fmt::format("{} has {} hex digits, this has {} characters",
                                                what, 2 * out.size(), text.size()));
  }
  for (size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return Error(ErrorCode::kUsage, fmt::format("no hex digit at position {} of {}",
                                                  high < 0 ? 2 * i : 2 * i + 1, what));
    }
    out[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return {};
}

}  // namespace weir
