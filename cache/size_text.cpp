// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/size_text.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "frontend/support/text.h"

namespace weir {

namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<Unit, 10> kUnits = {{
    {"", 1},
    {"k", 1'000},
    {"K", 1'000},
    {"M", 1'000'000},
    {"G", 1'000'000'000},
    {"T", 1'000'000'000'000},
    {"Ki", uint64_t{1} << 10},
    {"Mi", uint64_t{1} << 20},
    {"Gi", uint64_t{1} << 30},
    {"Ti", uint64_t{1} << 40},
}};

// 999999 * 2^40 < 2^60: the fraction needs no wider type.
constexpr size_t kMaxFractionDigits = 6;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Error bad_size(std::string_view text, std::string_view why) {
  return Error(ErrorCode::kUsage, fmt::format("'{}' is not a size: {}", printable(text), why))
      .with_hint(
          "write a number and a unit: 500M, 1.5Gi (k M G T are decimal, Ki Mi Gi Ti binary)");
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  const Error too_large(ErrorCode::kLimit,
                        fmt::format("'{}' is more than 2^64 - 1 bytes", printable(text)));
  std::string_view rest = text;
  uint64_t whole = 0;
  if (rest.empty() || !is_digit(rest[0])) return bad_size(text, "it starts with no digit");
  for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1)) {
    uint64_t digit = static_cast<uint64_t>(rest[0] - '0');
    if (whole > (kMax - digit) / 10) return too_large;
    whole = whole * 10 + digit;
  }

  uint64_t fraction = 0;
  uint64_t fraction_scale = 1;
  bool has_fraction = rest.starts_with('.');
  if (has_fraction) {
    rest.remove_prefix(1);
    size_t digits = 0;
    for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1)) {
      if (++digits > kMaxFractionDigits)
        return bad_size(text, "more than six digits after the point");
      fraction = fraction * 10 + static_cast<uint64_t>(rest[0] - '0');
      fraction_scale *= 10;
    }
    if (digits == 0) return bad_size(text, "no digit after the point");
  }

  if (rest.size() > 1 && rest[0] == ' ') rest.remove_prefix(1);
  if (rest.ends_with('B')) rest.remove_suffix(1);
  for (const Unit& unit : kUnits) {
    if (unit.name != rest) continue;
    if (has_fraction && unit.factor == 1) return bad_size(text, "a fraction of a byte");
    if (whole > kMax / unit.factor) return too_large;
    uint64_t low = fraction * unit.factor / fraction_scale;
    if (whole * unit.factor > kMax - low) return too_large;
    return whole * unit.factor + low;
  }
  return bad_size(text, fmt::format("unknown unit '{}'", printable(rest)));
}

std::string format_size(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  size_t index = 1;
  while (index + 1 < kNames.size() && bytes >> (10 * (index + 1)) != 0) ++index;
  auto round = [bytes](size_t i, uint64_t& whole, uint64_t& tenths) {
    uint64_t unit = uint64_t{1} << (10 * i);
    whole = bytes / unit;
    tenths = (bytes % unit * 10 + unit / 2) / unit;
    if (tenths == 10) {
      ++whole;
      tenths = 0;
    }
  };
  uint64_t whole = 0;
  uint64_t tenths = 0;
  round(index, whole, tenths);
  // 1023.97 KiB is 1.0 MiB, not 1024.0 KiB.
  if (whole == 1024 && index + 1 < kNames.size()) round(++index, whole, tenths);
  return fmt::format("{}.{} {}", whole, tenths, kNames[index]);
}

}  // namespace weir
