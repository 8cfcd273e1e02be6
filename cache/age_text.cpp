// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/age_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <optional>

#include "frontend/support/text.h"

namespace weir {

namespace {

struct Unit {
  std::string_view name;
  uint64_t seconds;
};
constexpr Unit kUnits[] = {{"w", 604800}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
constexpr uint64_t kCentury = uint64_t{100} * 366 * 86400;

Error no_time(std::string_view text) {
  return Error(ErrorCode::kUsage, fmt::format("'{}' is no time", printable(text)))
      .with_hint("write a day or a time in UTC, for example 2026-11-22 or 2026-11-22T08:00:00Z");
}

// Exactly `digits` digits at the start of `text`, which moves behind them.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + digits, value);
  if (bad != std::errc() || end != text.data() + digits || value < 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<std::chrono::seconds> parse_age(std::string_view text) {
  uint64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  uint64_t factor = unit.empty() ? 1 : 0;
  for (const Unit& known : kUnits) {
    if (unit == known.name) factor = known.seconds;
  }
  if (bad != std::errc() || factor == 0 || number > kCentury / factor) {
    return Error(ErrorCode::kUsage, fmt::format("'{}' is no age", printable(text)))
        .with_hint("write a number and s, m, h, d or w, for example 30d");
  }
  return std::chrono::seconds(number * factor);
}

std::string format_age(std::chrono::seconds age) {
  const auto seconds = static_cast<uint64_t>(age.count());
  for (const Unit& unit : kUnits) {
    if (seconds != 0 && seconds % unit.seconds == 0) {
      return fmt::format("{}{}", seconds / unit.seconds, unit.name);
    }
  }
  return "0s";
}

Result<int64_t> parse_time(std::string_view text) {
  std::string_view rest = text;
  const auto year = take_number(rest, 4);
  const bool dash = take(rest, '-');
  const auto month = take_number(rest, 2);
  const bool second_dash = take(rest, '-');
  const auto day = take_number(rest, 2);
  if (!year || !dash || !month || !second_dash || !day) return no_time(text);
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *year < 1970) return no_time(text);
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  const int64_t start = std::chrono::duration_cast<std::chrono::seconds>(days).count();
  if (rest.empty()) return start;
  const bool t = take(rest, 'T');
  const auto hour = take_number(rest, 2);
  const bool colon = take(rest, ':');
  const auto minute = take_number(rest, 2);
  const bool second_colon = take(rest, ':');
  const auto second = take_number(rest, 2);
  if (!t || !hour || !colon || !minute || !second_colon || !second || rest != "Z" || *hour > 23 ||
      *minute > 59 || *second > 59) {
    return no_time(text);
  }
  return start + *hour * 3600 + *minute * 60 + *second;
}

std::string format_time(int64_t seconds) {
  // Past the year 9999 a date says nothing to people.
  if (seconds < 0 || seconds > 253402300799) return fmt::format("{} s after 1970", seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

}  // namespace weir
