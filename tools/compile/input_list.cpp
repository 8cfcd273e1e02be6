// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compile/input_list.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/inputs.h"

namespace weir::tool {

namespace {

namespace fs = std::filesystem;

// An object for BPF, by its ELF header; 0 is the machine that LLVM 3.7 wrote.
bool is_bpf_object(const fs::path& path) {
  Elf64_Ehdr header{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header)) return false;
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         (header.e_machine == EM_BPF || header.e_machine == EM_NONE);
}

Status add_folder(const std::string& folder, std::vector<InputFile>& files) {
  std::error_code bad;
  std::vector<fs::path> found;
  auto it = fs::recursive_directory_iterator(folder, bad);
  for (; !bad && it != fs::recursive_directory_iterator(); it.increment(bad)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && it->path().extension() == ".o" &&
        is_bpf_object(it->path())) {
      found.push_back(it->path());
    }
  }
  if (bad) {
    return Error(ErrorCode::kIo, "cannot read the folder: " + bad.message()).in_file(folder);
  }
  if (found.empty()) {
    return Error(ErrorCode::kNotFound, "no BPF object (*.o) in the folder or below it")
        .in_file(folder);
  }
  std::ranges::sort(found);
  for (const fs::path& path : found) {
    const fs::path below = path.lexically_relative(folder).parent_path();
    files.push_back({path.string(), (below / file_stem(path.string())).string()});
  }
  return {};
}

Status add_path(const std::string& path, std::vector<InputFile>& files) {
  std::error_code ignored;
  if (path != "-" && fs::is_directory(path, ignored)) return add_folder(path, files);
  files.push_back({path, file_stem(path)});
  return {};
}

Status add_list(const std::string& path, std::vector<InputFile>& files) {
  WEIR_TRY(const std::vector<uint8_t> bytes, read_data(path));
  std::string_view text = as_text(bytes);
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    WEIR_CHECK(add_path(std::string(line), files));
  }
  return {};
}

}  // namespace

Result<std::vector<InputFile>> expand_inputs(const std::vector<std::string>& arguments) {
  std::vector<InputFile> files;
  for (const std::string& argument : arguments) {
    if (argument.starts_with('@')) {
      Status added = add_list(argument.substr(1), files);
      if (!added) return added.take_error().in_file(argument.substr(1));
    } else {
      WEIR_CHECK(add_path(argument, files));
    }
  }
  if (files.empty()) return Error(ErrorCode::kNotFound, "the lists name no file");
  return files;
}

}  // namespace weir::tool
