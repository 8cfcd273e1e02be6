// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernel/corpus.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace weir::kernel_test {

namespace {

std::string_view trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::optional<MapDef> read_map(const std::string& text) {
  MapDef map;
  map.name = "map";
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return std::nullopt;
    const std::string key = word.substr(0, equals), value = word.substr(equals + 1);
    uint32_t* const field = key == "type"      ? &map.type
                            : key == "key"     ? &map.key_size
                            : key == "value"   ? &map.value_size
                            : key == "entries" ? &map.max_entries
                            : key == "flags"   ? &map.flags
                                               : nullptr;
    const auto [end, failed] =
        field ? std::from_chars(value.data(), value.data() + value.size(), *field)
              : std::from_chars_result{nullptr, std::errc::invalid_argument};
    if (failed != std::errc() || end != value.data() + value.size()) return std::nullopt;
  }
  return map;
}

// One directive; false if it is not understood. Comments without a key are comments.
bool read_directive(std::string_view key, std::string_view rest, CorpusProgram& program) {
  if (key == "at") {
    const auto kind = context_from_name(rest);
    if (kind) program.kind = *kind;
    return kind.has_value();
  }
  if (key == "section") {
    program.section = rest;
    program.kind = context_from_section(rest);
    return true;
  }
  if (key == "map") {
    auto map = read_map(std::string(rest));
    if (map) program.maps.push_back(std::move(*map));
    return map.has_value();
  }
  if (key == "reject") {
    program.reject = rest;
    return !rest.empty();
  }
  if (key == "kernel accepts" || key == "kernel rejects") {
    program.kernel = key == "kernel accepts";
    program.difference = rest;
    return !rest.empty();
  }
  return false;
}

}  // namespace

Result<std::vector<CorpusProgram>> read_corpus(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Error(ErrorCode::kUsage, "cannot read the corpus").in_file(path);
  std::vector<CorpusProgram> programs;
  uint32_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string_view text = trim(line);
    if (text.starts_with(";")) {
      const std::string_view comment = trim(text.substr(1));
      const size_t colon = comment.find(": ");
      if (colon == std::string_view::npos) continue;
      const std::string_view key = comment.substr(0, colon), rest = trim(comment.substr(colon + 2));
      if (key == "program") {
        programs.push_back({.name = std::string(rest), .line = number});
      } else if (key != "SPDX-License-Identifier" &&
                 (programs.empty() || !read_directive(key, rest, programs.back()))) {
        return Error(ErrorCode::kUsage, fmt::format("line {}: cannot read '{}'", number, comment))
            .in_file(path);
      }
      continue;
    }
    if (!text.empty() && programs.empty()) {
      return Error(ErrorCode::kUsage, fmt::format("line {}: no program before it", number))
          .in_file(path);
    }
    if (!programs.empty()) programs.back().text += line + "\n";
  }
  return programs;
}

}  // namespace weir::kernel_test
