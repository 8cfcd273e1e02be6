// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/layout.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cache/folder.h"

namespace weir {

namespace {

constexpr size_t kFolderDigits = 2;
constexpr size_t kKeyDigits = 2 * Digest::kSize;

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::optional<Digest> parse_entry_name(std::string_view folder, std::string_view file) {
  if (file.size() != kKeyDigits - kFolderDigits + kEntrySuffix.size() ||
      !file.ends_with(kEntrySuffix)) {
    return std::nullopt;
  }
  std::string hex = std::string(folder) + std::string(file.substr(0, kKeyDigits - kFolderDigits));
  if (!is_lower_hex(hex)) return std::nullopt;
  auto key = Digest::from_hex(hex);
  if (!key) return std::nullopt;
  return *key;
}

// KEY-... with one of the two suffixes.
bool is_damaged_name(std::string_view name) {
  return name.size() > kKeyDigits && is_lower_hex(name.substr(0, kKeyDigits)) &&
         name[kKeyDigits] == '-' && (name.ends_with(kEntrySuffix) || name.ends_with(kReasonSuffix));
}

// PID-COUNT-TIME
bool is_temporary_name(std::string_view name) {
  size_t first = name.find('-');
  return first != 0 && first != name.npos && name.find('-', first + 1) != name.npos &&
         name.find_first_not_of("0123456789abcdef-") == name.npos;
}

Status scan_folder(int root, std::string_view root_path, const std::string& folder,
                   StoredFile::Kind kind, const ScanFilter& filter, std::vector<StoredFile>& out) {
  WEIR_TRY(UniqueFd fd,
           open_subfolder(root, root_path, folder.c_str(), IfAbsent::kGiveNothing, filter.owner));
  if (!fd) return {};
  WEIR_TRY(auto names, list_folder(fd.get(), fmt::format("{}/{}", root_path, folder)));
  for (std::string& name : names) {
    StoredFile file;
    file.kind = kind;
    if (kind == StoredFile::Kind::kEntry) {
      auto key = parse_entry_name(folder, name);
      if (!key || !key->hex().starts_with(filter.key_prefix)) continue;
      file.key = *key;
    } else if (!(kind == StoredFile::Kind::kDamaged ? is_damaged_name(name)
                                                    : is_temporary_name(name))) {
      continue;
    }
    struct stat info {};
    if (::fstatat(fd.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode)) {
      continue;
    }
    file.folder = folder;
    file.name = std::move(name);
    file.size = static_cast<uint64_t>(info.st_size);
    file.last_used = to_time(info.st_mtim);
    out.push_back(std::move(file));
  }
  return {};
}

}  // namespace

EntryName entry_name(const Digest& key) {
  std::string hex = key.hex();
  return {hex.substr(0, kFolderDigits), hex.substr(kFolderDigits) + std::string(kEntrySuffix)};
}

uint64_t disk_size(uint64_t file_size) {
  constexpr uint64_t kBlock = 4096;
  return (file_size + kBlock - 1) / kBlock * kBlock;
}

Result<std::vector<StoredFile>> scan_store(int root, std::string_view root_path,
                                           const ScanFilter& filter) {
  std::vector<StoredFile> files;
  WEIR_TRY(auto names, list_folder(root, root_path));
  std::string_view folder_prefix = filter.key_prefix.substr(0, kFolderDigits);
  for (const std::string& name : names) {
    if (name.size() != kFolderDigits || !is_lower_hex(name) || !name.starts_with(folder_prefix))
      continue;
    struct stat info {};
    if (::fstatat(root, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(info.st_mode)) {
      continue;
    }
    WEIR_CHECK(scan_folder(root, root_path, name, StoredFile::Kind::kEntry, filter, files));
  }
  if (filter.entries_only) return files;
  WEIR_CHECK(
      scan_folder(root, root_path, kDamagedFolder, StoredFile::Kind::kDamaged, filter, files));
  WEIR_CHECK(
      scan_folder(root, root_path, kTemporaryFolder, StoredFile::Kind::kTemporary, filter, files));
  return files;
}

Result<bool> remove_stored_file(int root, std::string_view root_path, const StoredFile& file) {
  WEIR_TRY(UniqueFd folder,
           open_subfolder(root, root_path, file.folder.c_str(), IfAbsent::kGiveNothing));
  if (!folder) return false;
  if (::unlinkat(folder.get(), file.name.c_str(), 0) == 0) return true;
  if (errno == ENOENT) return false;
  return io_error("remove", fmt::format("{}/{}", root_path, file.relative()), errno);
}

}  // namespace weir
