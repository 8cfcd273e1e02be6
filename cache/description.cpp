// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/description.h"

#include <fmt/format.h>

#include <optional>

namespace weir {

namespace {

constexpr std::string_view kKeyPrefix = "key ";
constexpr std::string_view kNotePrefix = "note ";
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_plain(unsigned char c, bool in_tag) {
  return c >= 0x20 && c < 0x7f && c != '\\' && !(in_tag && c == ':');
}

void append_escaped(std::string& out, std::string_view text, bool in_tag) {
  for (unsigned char c : text) {
    if (is_plain(c, in_tag)) {
      out += static_cast<char>(c);
    } else {
      out += "\\x";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    }
  }
}

std::optional<std::string> unescape(std::string_view text, bool in_tag) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == '\\') {
      if (text.size() - i < 4 || text[i + 1] != 'x') return std::nullopt;
      size_t high = kDigits.find(text[i + 2]);
      size_t low = kDigits.find(text[i + 3]);
      if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
      c = static_cast<unsigned char>(high << 4 | low);
      if (is_plain(c, in_tag)) return std::nullopt;
      i += 3;
    } else if (!is_plain(c, in_tag)) {
      return std::nullopt;
    }
    out += static_cast<char>(c);
  }
  return out;
}

void append_line(std::string& out, std::string_view prefix, const KeyField& field) {
  out += prefix;
  append_escaped(out, field.tag, true);
  out += ": ";
  append_escaped(out, field.value, false);
  out += '\n';
}

std::optional<KeyField> parse_field(std::string_view line) {
  size_t colon = line.find(": ");
  if (colon == line.npos) return std::nullopt;
  auto tag = unescape(line.substr(0, colon), true);
  auto value = unescape(line.substr(colon + 2), false);
  if (!tag || !value) return std::nullopt;
  return KeyField{std::move(*tag), std::move(*value)};
}

}  // namespace

Description& Description::note(std::string_view tag, std::string_view value) {
  notes.push_back({std::string(tag), std::string(value)});
  return *this;
}

std::string Description::to_text() const {
  std::string out;
  for (const KeyField& field : key_fields) append_line(out, kKeyPrefix, field);
  for (const KeyField& field : notes) append_line(out, kNotePrefix, field);
  return out;
}

Result<Description> Description::from_text(std::string_view text) {
  Description out;
  for (size_t line_number = 1; !text.empty(); ++line_number) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    std::optional<KeyField> field;
    bool is_key = line.starts_with(kKeyPrefix);
    if (end != text.npos && is_key && out.notes.empty()) {
      field = parse_field(line.substr(kKeyPrefix.size()));
    } else if (end != text.npos && line.starts_with(kNotePrefix)) {
      field = parse_field(line.substr(kNotePrefix.size()));
    }
    if (!field) {
      return Error(ErrorCode::kCacheDamaged,
                   fmt::format("line {} of the description is not a field", line_number));
    }
    (is_key ? out.key_fields : out.notes).push_back(std::move(*field));
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace weir
