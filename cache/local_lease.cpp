// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/local_lease.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "cache/folder.h"
#include "cache/no_throw.h"

namespace weir {

namespace {

constexpr const char* kLeaseFolder = "leases";
constexpr std::chrono::seconds kForgotten = std::chrono::hours(1);

// Locks the file of that name. Nothing: somebody has it, or had it and has just removed it.
Result<UniqueFd> lock_file(int folder, const std::string& name, const std::string& path) {
  UniqueFd fd(open_at(folder, name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
  if (!fd) return io_error("open the lease", path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return UniqueFd();
    return io_error("lock the lease", path, errno);
  }
  // A holder removes the file before it lets go of the lock, so what was locked may have no name
  // any more, and its name another file.
  struct stat locked{}, named{};
  if (::fstat(fd.get(), &locked) != 0 ||
      ::fstatat(folder, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      locked.st_ino != named.st_ino || locked.st_dev != named.st_dev) {
    return UniqueFd();
  }
  return fd;
}

void remove_forgotten(int folder, const std::string& path) {
  auto names = list_folder(folder, path);
  if (!names) return;
  const Time now = std::chrono::system_clock::now();
  for (const std::string& name : *names) {
    struct stat info{};
    if (!Digest::from_hex(name) ||
        ::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode) || now - to_time(info.st_mtim) < kForgotten) {
      continue;
    }
    auto locked = lock_file(folder, name, path);
    if (locked && *locked) (void)::unlinkat(folder, name.c_str(), 0);
  }
}

}  // namespace

Result<LocalLeases> LocalLeases::open(const std::string& cache_folder) {
  return without_exceptions([&]() -> Result<LocalLeases> {
    WEIR_TRY(const UniqueFd root, open_cache_folder(cache_folder, false));
    WEIR_TRY(UniqueFd folder,
             open_subfolder(root.get(), cache_folder, kLeaseFolder, IfAbsent::kCreate));
    std::string path = fmt::format("{}/{}", cache_folder, kLeaseFolder);
    remove_forgotten(folder.get(), path);
    return LocalLeases(std::move(folder), std::move(path));
  });
}

Result<bool> LocalLeases::acquire(const Digest& key) {
  return without_exceptions([&]() -> Result<bool> {
    const std::lock_guard lock(*mutex_);
    if (held_.contains(key)) return true;
    WEIR_TRY(UniqueFd fd, lock_file(folder_.get(), key.hex(), path_));
    if (!fd) return false;
    held_.emplace(key, std::move(fd));
    return true;
  });
}

void LocalLeases::release(const Digest& key) {
  const std::lock_guard lock(*mutex_);
  const auto found = held_.find(key);
  if (found == held_.end()) return;
  (void)::unlinkat(folder_.get(), key.hex().c_str(), 0);
  held_.erase(found);
}

}  // namespace weir
