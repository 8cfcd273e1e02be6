// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/report.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace weir::measure {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Columns on a terminal; every character beyond ASCII that is printed here is one wide.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string Table::text() const {
  std::vector<std::vector<std::string>> titles;
  std::vector<size_t> widths;
  size_t height = 0;
  for (const std::string& title : titles_) {
    titles.push_back(lines_of(title));
    height = std::max(height, titles.back().size());
    widths.push_back(0);
    for (const std::string& line : titles.back())
      widths.back() = std::max(widths.back(), width_of(line));
  }
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }

  std::string out;
  auto put = [&](size_t column, const std::string& cell) {
    const std::string space(widths[column] - width_of(cell), ' ');
    out += column == 0 ? cell + space : "  " + space + cell;
  };
  auto end_line = [&] {
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  for (size_t line = 0; line < height; ++line) {
    for (size_t c = 0; c < titles.size(); ++c) {
      const size_t above = height - titles[c].size();
      put(c, line < above ? "" : titles[c][line - above]);
    }
    end_line();
  }
  size_t total = 0;
  for (const size_t width : widths) total += width + 2;
  for (const auto& row : rows_) {
    if (row.empty()) out += std::string(total - 2, '-');
    for (size_t c = 0; c < row.size(); ++c) put(c, row[c]);
    end_line();
  }
  return out;
}

std::string ratio_text(double ratio) {
  return ratio < 9.995   ? fmt::format("{:.2f}", ratio)
         : ratio < 99.95 ? fmt::format("{:.1f}", ratio)
                         : fmt::format("{:.0f}", ratio);
}

std::string time_text(double ns) {
  if (ns < 100) return fmt::format("{:.2f} ns", ns);
  if (ns < 1e3) return fmt::format("{:.0f} ns", ns);
  if (ns < 1e6) return fmt::format("{:.1f} us", ns / 1e3);
  return fmt::format("{:.2f} ms", ns / 1e6);
}

nlohmann::ordered_json to_json(const Distribution& d) {
  return {{"median", d.median}, {"p10", d.p10}, {"p90", d.p90}, {"min", d.min}, {"max", d.max}};
}

nlohmann::ordered_json machine_json(std::span<const MachineFact> facts) {
  nlohmann::ordered_json json;
  for (const MachineFact& fact : facts) json[fact.name] = fact.value;
  return json;
}

std::string machine_text(std::span<const MachineFact> facts) {
  std::string out;
  for (const MachineFact& fact : facts) out += fmt::format("{:<8}{}\n", fact.name, fact.value);
  return out;
}

Status write_json(const std::string& path, const nlohmann::ordered_json& json) {
  std::ofstream file(path);
  file << json.dump(2) << '\n';
  file.close();
  if (!file) return Error(ErrorCode::kIo, "cannot write the file").in_file(path);
  return {};
}

}  // namespace weir::measure
