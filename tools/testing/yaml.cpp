// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir::tool {

namespace {

// Aliases can make a small file stand for a large value.
constexpr size_t kMaxNodes = 1'000'000;

Json scalar(const std::string& text, bool plain) {
  if (!plain) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  if (text.empty() || text == "null" || text == "~") return nullptr;
  const bool negative = text[0] == '-';
  std::string_view digits = std::string_view(text).substr(negative ? 1 : 0);
  const bool hex = digits.starts_with("0x");
  if (hex) digits.remove_prefix(2);
  // 007 is no number that somebody counts with.
  if (digits.empty() || (!hex && digits.size() > 1 && digits[0] == '0')) return text;
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size()) return text;
  if (!negative) return number;
  if (number > uint64_t{1} << 63) return text;
  return static_cast<int64_t>(0 - number);
}

// Throws what yaml-cpp throws.
Json convert(const YAML::Node& node, bool as_text, size_t& left) {
  if (left-- == 0) throw YAML::Exception(node.Mark(), "the document is too large");
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const YAML::Node& item : node) list.push_back(convert(item, as_text, left));
      return list;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& member : node) {
        const auto name = member.first.as<std::string>();
        if (object.contains(name))
          throw YAML::Exception(member.first.Mark(), "'" + name + "' is there twice");
        object[name] = convert(member.second, as_text || name == "hex", left);
      }
      return object;
    }
    case YAML::NodeType::Scalar: return scalar(node.Scalar(), node.Tag() == "?" && !as_text);
    default: return nullptr;
  }
}

// The emitter writes control characters as they are, and some are read as line breaks.
void emit_text(YAML::Emitter& out, const std::string& text, bool quoted) {
  if (quoted || std::ranges::any_of(text, [](char c) { return c >= 0 && c < ' '; })) {
    out << YAML::DoubleQuoted;
  }
  out << text;
}

void emit(YAML::Emitter& out, const Json& json) {
  if (json.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [name, value] : json.items()) {
      out << YAML::Key;
      emit_text(out, name, false);
      out << YAML::Value;
      emit(out, value);
    }
    out << YAML::EndMap;
  } else if (json.is_array()) {
    out << YAML::BeginSeq;
    for (const Json& value : json) emit(out, value);
    out << YAML::EndSeq;
  } else if (json.is_string()) {
    const auto text = json.get<std::string>();
    emit_text(out, text, !scalar(text, true).is_string());
  } else if (json.is_null()) {
    out << YAML::Null;  // as text it would be quoted
  } else {
    out << json.dump();
  }
}

}  // namespace

Result<Json> yaml_to_json(ByteSpan text) {
  try {
    // yaml-cpp takes other bytes for UTF-16 or UTF-32, or puts something else there. dump() throws.
    const std::string utf8(as_text(text));
    (void)Json(utf8).dump();
    if (utf8.find('\0') != std::string::npos)
      return Error(ErrorCode::kUsage, "the text has a byte 0; UTF-8 is expected");
    size_t left = kMaxNodes;
    return convert(YAML::Load(utf8), false, left);
  } catch (const Json::type_error&) {
    return Error(ErrorCode::kUsage, "the text is not UTF-8");
  } catch (const YAML::Exception& error) {
    Location where;
    where.source_line = error.mark.is_null() ? 0 : static_cast<uint32_t>(error.mark.line) + 1;
    return Error(ErrorCode::kUsage,
                 fmt::format("{}{}",
                             where.source_line != 0 ? fmt::format("line {}: ", where.source_line)
                                                    : std::string(),
                             printable(error.msg, 400)));
  }
}

std::string json_to_yaml(const Json& json) {
  YAML::Emitter out;
  emit(out, json);
  return std::string(out.c_str()) + "\n";
}

}  // namespace weir::tool
