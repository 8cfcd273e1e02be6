// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/hex.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir::tool {

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_gap(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':';
}

}  // namespace

Result<std::vector<uint8_t>> parse_hex(std::string_view text, std::string_view what) {
  std::vector<uint8_t> bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_gap(text[i])) continue;
    const int high = digit(text[i]);
    const int low = i + 1 < text.size() ? digit(text[i + 1]) : -1;
    if (high < 0 || low < 0) {
      return Error(ErrorCode::kUsage, fmt::format("{}: '{}' at character {} is no byte of two hex "
                                                  "digits",
                                                  what, printable(text.substr(i, 2)), i + 1))
          .with_hint("write bytes as in \"b7 00 00 00\" or b7000000");
    }
    bytes.push_back(static_cast<uint8_t>(high << 4 | low));
    ++i;
  }
  return bytes;
}

bool looks_like_hex(std::string_view text) {
  const bool all = std::ranges::all_of(text, [](char c) { return is_gap(c) || digit(c) >= 0; });
  if (!all) return false;
  auto bytes = parse_hex(text, "");
  return bytes && !bytes->empty();
}

std::string to_hex(ByteSpan bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

std::string hex_dump(ByteSpan bytes) {
  constexpr size_t kRow = 16;
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += kRow) {
    const ByteSpan row = bytes.subspan(at, std::min(kRow, bytes.size() - at));
    std::string digits, characters;
    for (const uint8_t byte : row) {
      fmt::format_to(std::back_inserter(digits), " {:02x}", byte);
      characters += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    fmt::format_to(std::back_inserter(out), "{:08x} {:<48}  {}\n", at, digits, characters);
  }
  return out;
}

}  // namespace weir::tool
