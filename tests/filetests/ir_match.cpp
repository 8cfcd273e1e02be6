// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "tests/filetests/filetest.h"

namespace weir::test {

namespace {

// The pattern as one regular expression: outside of {{...}} every character is itself.
std::string to_regex(std::string_view pattern) {
  std::string out;
  while (!pattern.empty()) {
    if (pattern.starts_with("{{")) {
      const size_t end = std::min(pattern.find("}}"), pattern.size());
      out += fmt::format("(?:{})", pattern.substr(2, end - 2));
      pattern.remove_prefix(std::min(end + 2, pattern.size()));
    } else if (pattern.front() == ' ') {
      out += "[ \\t]+";
      pattern.remove_prefix(std::min(pattern.find_first_not_of(' '), pattern.size()));
    } else {
      if (std::string_view("\\^$.|?*+()[]{}").find(pattern.front()) != std::string_view::npos) {
        out += '\\';
      }
      out += pattern.front();
      pattern.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> match_ir(const std::vector<std::string>& listing,
                                  const std::vector<IrLine>& checks) {
  std::vector<std::string> wrong;
  size_t next = 0;                       // the line after the last match
  std::vector<const IrLine*> forbidden;  // since the last check
  auto matches = [](const std::string& line, const IrLine& check) {
    return std::regex_search(line, std::regex(to_regex(check.pattern)));
  };
  auto forbid = [&](size_t to) {
    for (const IrLine* check : forbidden) {
      for (size_t i = next; i < to; ++i) {
        if (!matches(listing[i], *check)) continue;
        wrong.push_back(fmt::format("line {}: '{}' is there:\n  {}", check->line + 1,
                                    check->pattern, listing[i]));
        break;
      }
    }
    forbidden.clear();
  };
  for (const IrLine& check : checks) {
    switch (check.what) {
      case IrWhat::kNot: forbidden.push_back(&check); break;
      case IrWhat::kCount: {
        const auto found = static_cast<size_t>(
            std::count_if(listing.begin(), listing.end(),
                          [&](const std::string& line) { return matches(line, check); }));
        if (found != check.count) {
          wrong.push_back(fmt::format("line {}: '{}' is there {} times, expected {}",
                                      check.line + 1, check.pattern, found, check.count));
        }
        break;
      }
      case IrWhat::kCheck: {
        const auto at = std::find_if(listing.begin() + static_cast<ptrdiff_t>(next), listing.end(),
                                     [&](const std::string& line) { return matches(line, check); });
        if (at == listing.end()) {
          wrong.push_back(fmt::format("line {}: no '{}' from line {} of the listing on",
                                      check.line + 1, check.pattern, next + 1));
          return wrong;
        }
        const auto index = static_cast<size_t>(at - listing.begin());
        forbid(index);
        next = index + 1;
        break;
      }
    }
  }
  forbid(listing.size());
  return wrong;
}

}  // namespace weir::test
