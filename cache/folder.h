// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the cache is, and whom it may trust.
//
// An entry becomes machine code in the host's process, so whoever can write an entry can run code
// as the host. The store therefore believes only files and folders that belong to the effective
// user and that nobody else may write. Ownership is read from the open descriptor (fstat), never
// from a path, so nothing can be exchanged between the check and the use. Everything below the
// cache folder is reached from its descriptor (openat) without following symbolic links; the path
// to the cache folder itself may contain links, it is the user's.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "cache/file_io.h"
#include "frontend/support/result.h"

namespace weir {

// $WEIR_CACHE_DIR, else $XDG_CACHE_HOME/weir (if absolute, as its specification demands), else
// $HOME/.cache/weir. CacheUnavailable if none is set. Set-user-ID programs see no environment.
Result<std::string> default_cache_folder();

// Where a file of the user's configuration is: what the variable names, else
// $XDG_CONFIG_HOME/weir/NAME, else $HOME/.config/weir/NAME. CacheUnavailable if none is set.
Result<std::string> config_path(const char* variable, std::string_view name, std::string_view what);

// Opens a folder of configuration, which may be root's. Nothing if it is not there; `create`: makes
// it and its missing parents with mode 0700.
Result<UniqueFd> open_config_folder(const std::string& path, bool create);

// Whose files are believed. A store of the machine's belongs to root.
enum class Owner : uint8_t { kSelf, kSelfOrRoot };

// Opens the cache folder and checks it. `create`: makes it and its missing parents with mode 0700,
// and marks it with CACHEDIR.TAG so that backups leave it out. Errors: CacheOwner,
// CacheUnavailable.
Result<UniqueFd> open_cache_folder(const std::string& path, bool create,
                                   Owner owner = Owner::kSelf);

enum class IfAbsent : uint8_t { kCreate, kGiveNothing };
// A folder directly in the cache folder, checked. kGiveNothing: an empty UniqueFd if it is not
// there.
Result<UniqueFd> open_subfolder(int root, std::string_view root_path, const char* name,
                                IfAbsent absent, Owner owner = Owner::kSelf);

// That the open file or folder belongs to the effective user (or root, where `owner` says so) and
// that no other may write it. Error: CacheOwner, with the command that mends it as the hint.
Status check_folder_owner(const struct stat& info, std::string_view path,
                          Owner owner = Owner::kSelf);
Status check_file_owner(const struct stat& info, std::string_view path, Owner owner = Owner::kSelf);

// Opens a regular file of ours for reading: no link, no FIFO that would block, no device. Gives
// an empty `fd` if there is no such file. Errors: CacheOwner, CacheUnavailable.
struct OpenedFile {
  UniqueFd fd;
  struct stat info {};
};
Result<OpenedFile> open_own_file(int folder, const char* name, std::string_view path,
                                 Owner owner = Owner::kSelf);
// The same for a file that somebody wrote by hand (a host policy, a trusted key): it may be root's,
// and a symbolic link may lead to it.
Result<OpenedFile> open_config_file(int folder, const char* name, std::string_view path);

}  // namespace weir
