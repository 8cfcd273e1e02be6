// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

namespace weir {

namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY;

// https://bford.info/cachedir/: the first line is fixed.
constexpr std::string_view kTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Native objects made by weir. Safe to delete.\n";

std::string_view environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// mkdir -p with 0700. Says whether the last folder is new.
Result<bool> make_folders(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  bool made = false;
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    std::string part = path.substr(0, end);
    made = ::mkdir(part.c_str(), kFolderMode) == 0;
    // EEXIST comes before "read-only" and "permission denied": what is there is no obstacle.
    if (!made && errno != EEXIST) return io_error("create the cache folder", part, errno);
    if (end == std::string::npos) return made;
  }
}

void write_tag(int root) {
  UniqueFd fd(open_at(root, "CACHEDIR.TAG", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  // Without the tag, backups are larger; nothing else.
  if (fd) (void)write_at(fd.get(), as_bytes(kTag), 0, "CACHEDIR.TAG");
}

Status check_owner(const struct stat& info, std::string_view path, std::string_view what,
                   Owner owner) {
  const uid_t self = ::geteuid();
  if (info.st_uid != self && !(owner == Owner::kSelfOrRoot && info.st_uid == 0)) {
    return Error(ErrorCode::kCacheOwner,
                 fmt::format("the {} belongs to user {}, this process runs as {}", what,
                             info.st_uid, self))
        .in_file(path)
        .with_hint(fmt::format("chown {} {}", self, shell_quote(path)));
  }
  if ((info.st_mode & kWritableByOthers) != 0) {
    return Error(ErrorCode::kCacheOwner,
                 fmt::format("others may write the {} (mode {:04o})", what, info.st_mode & 07777))
        .in_file(path)
        .with_hint(fmt::format("chmod go-w {}", shell_quote(path)));
  }
  return {};
}

Error not_a_file(std::string_view path, std::string_view what) {
  return Error(ErrorCode::kCacheOwner, fmt::format("{}, not a regular file", what))
      .in_file(path)
      .with_hint(fmt::format("rm {}", shell_quote(path)));
}

}  // namespace

Result<std::string> default_cache_folder() {
  if (auto folder = environment("WEIR_CACHE_DIR"); !folder.empty()) return std::string(folder);
  if (auto base = environment("XDG_CACHE_HOME"); base.starts_with('/')) {
    return std::string(base) + "/weir";
  }
  if (auto home = environment("HOME"); home.starts_with('/'))
    return std::string(home) + "/.cache/weir";
  return Error(ErrorCode::kCacheUnavailable,
               "no place for the cache: WEIR_CACHE_DIR, XDG_CACHE_HOME and HOME are not set")
      .with_hint("set WEIR_CACHE_DIR to a folder");
}

Result<std::string> config_path(const char* variable, std::string_view name,
                                std::string_view what) {
  if (auto path = environment(variable); !path.empty()) return std::string(path);
  if (auto base = environment("XDG_CONFIG_HOME"); base.starts_with('/')) {
    return fmt::format("{}/weir/{}", base, name);
  }
  if (auto home = environment("HOME"); home.starts_with('/')) {
    return fmt::format("{}/.config/weir/{}", home, name);
  }
  return Error(
      ErrorCode::kCacheUnavailable,
      fmt::format("no place for {}: {}, XDG_CONFIG_HOME and HOME are not set", what, variable));
}

namespace {

// An empty fd: there is none.
struct OpenedFolder {
  UniqueFd fd;
  bool made = false;
};
Result<OpenedFolder> open_folder(const std::string& path, bool create, Owner owner) {
  OpenedFolder folder;
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Error(ErrorCode::kUsage, "the path of the folder is empty or holds a zero byte");
  }
  folder.fd = UniqueFd(open_at(AT_FDCWD, path.c_str(), kOpenFolder));
  if (!folder.fd && errno == ENOENT) {
    if (!create) return folder;
    WEIR_TRY(folder.made, make_folders(path));
    folder.fd = UniqueFd(open_at(AT_FDCWD, path.c_str(), kOpenFolder));
  }
  if (!folder.fd) return io_error("open the folder", path, errno);
  struct stat info {};
  if (::fstat(folder.fd.get(), &info) != 0) return io_error("examine the folder", path, errno);
  WEIR_CHECK(check_folder_owner(info, path, owner));
  return folder;
}

}  // namespace

Result<UniqueFd> open_config_folder(const std::string& path, bool create) {
  WEIR_TRY(OpenedFolder folder, open_folder(path, create, Owner::kSelfOrRoot));
  return std::move(folder.fd);
}

Result<UniqueFd> open_cache_folder(const std::string& path, bool create, Owner owner) {
  WEIR_TRY(OpenedFolder folder, open_folder(path, create, owner));
  if (!folder.fd) return io_error("open the cache folder", path, ENOENT);
  if (folder.made) write_tag(folder.fd.get());
  return std::move(folder.fd);
}

Result<UniqueFd> open_subfolder(int root, std::string_view root_path, const char* name,
                                IfAbsent absent, Owner owner) {
  auto path = [&] { return fmt::format("{}/{}", root_path, name); };
  constexpr int kFlags = kOpenFolder | O_NOFOLLOW;
  UniqueFd folder(open_at(root, name, kFlags));
  if (!folder && errno == ENOENT) {
    if (absent == IfAbsent::kGiveNothing) return UniqueFd();
    // Another writer may make it first.
    if (::mkdirat(root, name, kFolderMode) != 0 && errno != EEXIST) {
      return io_error("create the folder", path(), errno);
    }
    folder = UniqueFd(open_at(root, name, kFlags));
  }
  if (!folder && (errno == ENOTDIR || errno == ELOOP)) {
    return Error(ErrorCode::kCacheOwner, "not a folder, or a symbolic link")
        .in_file(path())
        .with_hint(fmt::format("rm {}", shell_quote(path())));
  }
  if (!folder) return io_error("open the folder", path(), errno);
  struct stat info {};
  if (::fstat(folder.get(), &info) != 0) return io_error("examine the folder", path(), errno);
  if (info.st_uid != ::geteuid() || (info.st_mode & kWritableByOthers) != 0) {
    WEIR_CHECK(check_folder_owner(info, path(), owner));
  }
  return folder;
}

Status check_folder_owner(const struct stat& info, std::string_view path, Owner owner) {
  return check_owner(info, path, "cache folder", owner);
}

Status check_file_owner(const struct stat& info, std::string_view path, Owner owner) {
  if (!S_ISREG(info.st_mode)) return not_a_file(path, "a special file");
  return check_owner(info, path, "file", owner);
}

namespace {

Result<OpenedFile> open_checked(int folder, const char* name, std::string_view path, int flags,
                                Owner owner) {
  OpenedFile file;
  // O_NONBLOCK: opening a FIFO would wait for a writer. It changes nothing for a regular file.
  file.fd = UniqueFd(open_at(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags));
  if (!file.fd) {
    int error_number = errno;
    if (error_number == ENOENT) return file;
    if (error_number == ELOOP) return not_a_file(path, "a symbolic link");
    if (error_number == ENXIO) return not_a_file(path, "a socket");
    if (error_number == EACCES) {
      return Error(ErrorCode::kCacheOwner, "this process may not read the file")
          .in_file(path)
          .with_hint(fmt::format("chmod u+r,go-w {}", shell_quote(path)));
    }
    return io_error("open the file", path, error_number);
  }
  if (::fstat(file.fd.get(), &file.info) != 0) return io_error("examine the file", path, errno);
  WEIR_CHECK(check_file_owner(file.info, path, owner));
  return file;
}

}  // namespace

Result<OpenedFile> open_own_file(int folder, const char* name, std::string_view path, Owner owner) {
  return open_checked(folder, name, path, O_NOFOLLOW, owner);
}

Result<OpenedFile> open_config_file(int folder, const char* name, std::string_view path) {
  return open_checked(folder, name, path, 0, Owner::kSelfOrRoot);
}

}  // namespace weir
