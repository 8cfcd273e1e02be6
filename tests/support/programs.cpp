// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/support/programs.h"

#include <cstdlib>
#include <filesystem>

#include "frontend/isa/decode.h"

namespace weir::test {

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::vector<uint8_t>> from_hex(std::string_view text) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
      ++i;
      continue;
    }
    if (i + 1 == text.size()) return std::nullopt;
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<uint8_t>(high << 4 | low));
    i += 2;
  }
  return bytes;
}

Result<Program> program_from_code(ByteSpan code, std::string name, std::vector<MapDef> maps) {
  WEIR_TRY(std::vector<Instruction> insns, decode(code));
  return make_program(std::move(insns), std::move(name), std::move(maps));
}

CompileOptions test_options() {
  CompileOptions options;
  options.cpu = host_cpu();
  options.helpers = HelperSet::kConformance;
  return options;
}

std::string shared_folder() {
  const char* const said = std::getenv("WEIR_SHARED");
  const std::string folder = said ? said : WEIR_SOURCE_DIR "/../shared";
  std::error_code ignored;
  return std::filesystem::is_directory(folder, ignored) ? folder : std::string();
}

}  // namespace weir::test
