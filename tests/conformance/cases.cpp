// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/conformance/cases.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "tests/support/programs.h"

namespace weir::test {

namespace {

Error bad_case(std::string_view name, std::string_view what) {
  return Error(ErrorCode::kIo, fmt::format("conformance case '{}': {}", name, what));
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return Error(ErrorCode::kIo, "cannot be read").in_file(path);
  return text.str();
}

Result<nlohmann::json> read_json(const std::string& path) {
  WEIR_TRY(const std::string text, read_text(path));
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return Error(ErrorCode::kIo, "is no JSON array").in_file(path);
  return json;
}

uint64_t parse_number(const std::string& text) {
  return std::strtoull(text.c_str(), nullptr, 0);
}

// The text between `-- NAME` and the next `-- `.
std::string section(std::string_view text, std::string_view name) {
  std::string out;
  bool inside = false;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("-- ")) {
      inside = line == fmt::format("-- {}", name);
    } else if (inside) {
      out += line + "\n";
    }
  }
  return out;
}

}  // namespace

std::string conformance_folder() {
  const std::string folder = shared_folder() + "/conformance";
  std::error_code ignored;
  return std::filesystem::exists(folder + "/conformance.json", ignored) ? folder : std::string();
}

std::string why_skipped() {
  return "the conformance data is in neither $WEIR_SHARED/conformance nor ../shared/conformance";
}

Result<std::vector<ConformanceCase>> read_cases() {
  WEIR_TRY(const nlohmann::json json, read_json(conformance_folder() + "/conformance.json"));
  std::vector<ConformanceCase> out;
  for (const nlohmann::json& item : json) {
    const std::string name = item.value("name", "");
    const auto code = from_hex(item.value("bytecode", ""));
    const auto memory = from_hex(item.value("mem", ""));
    if (!code || !memory) return bad_case(name, "no hexadecimal bytes");
    out.push_back({name, *code, *memory, parse_number(item.value("expected_r0", ""))});
  }
  return out;
}

Result<std::vector<ConformanceCase>> assemble_cases() {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& file :
       std::filesystem::directory_iterator(conformance_folder() + "/tests", failed)) {
    if (file.path().extension() == ".data") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<ConformanceCase> out;
  for (const std::filesystem::path& file : files) {
    WEIR_TRY(const std::string text, read_text(file.string()));
    WEIR_TRY(const AssembledText assembled,
             assemble(section(text, "asm"), file.filename().string()));
    const auto memory = from_hex(section(text, "mem"));
    if (!memory) return bad_case(file.stem().string(), "no hexadecimal bytes");
    out.push_back(
        {file.stem().string(), assembled.bytes, *memory, parse_number(section(text, "result"))});
  }
  return out;
}

Result<std::vector<RejectCase>> read_reject_cases() {
  WEIR_TRY(const nlohmann::json json, read_json(conformance_folder() + "/must-reject.json"));
  std::vector<RejectCase> out;
  for (const nlohmann::json& item : json) {
    const std::string name = item.value("name", "");
    const auto code = from_hex(item.value("bytecode", ""));
    if (!code) return bad_case(name, "no hexadecimal bytes");
    out.push_back({name, *code, item.value("why", "")});
  }
  return out;
}

}  // namespace weir::test
