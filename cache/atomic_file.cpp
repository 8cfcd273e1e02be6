// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

namespace weir {

namespace {

// Process, count and clock: unique also between containers that share the folder but not their
// process numbers. O_EXCL has the last word.
std::string make_temporary_name() {
  static std::atomic<uint64_t> count{0};
  auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return fmt::format("{}-{}-{:x}", ::getpid(), count.fetch_add(1, std::memory_order_relaxed), now);
}

constexpr int kNameAttempts = 16;

}  // namespace

Result<AtomicFile> AtomicFile::create(int temporary_folder, int target_folder,
                                      std::string target_name, std::string path) {
  AtomicFile file;
  file.temporary_folder_ = temporary_folder;
  file.target_folder_ = target_folder;
  file.target_name_ = std::move(target_name);
  file.path_ = std::move(path);
  for (int attempt = 0; attempt < kNameAttempts && !file.fd_; ++attempt) {
    file.temporary_name_ = make_temporary_name();
    file.fd_ = UniqueFd(open_at(temporary_folder, file.temporary_name_.c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    if (!file.fd_ && errno != EEXIST) break;
  }
  if (!file.fd_) return io_error("create a temporary file", file.path_, errno);
  file.owner_ = ::getpid();
  // The umask may have taken bits away.
  if (::fchmod(file.fd_.get(), 0600) != 0) return io_error("set the mode", file.path_, errno);
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : temporary_folder_(other.temporary_folder_),
      target_folder_(other.target_folder_),
      temporary_name_(std::move(other.temporary_name_)),
      target_name_(std::move(other.target_name_)),
      path_(std::move(other.path_)),
      fd_(std::move(other.fd_)),
      written_(other.written_),
      owner_(std::exchange(other.owner_, 0)) {}

AtomicFile::~AtomicFile() {
  if (owner_ != 0 && owner_ == ::getpid()) {
    (void)::unlinkat(temporary_folder_, temporary_name_.c_str(), 0);
  }
}

Status AtomicFile::write(ByteSpan bytes) {
  WEIR_CHECK(write_at(fd_.get(), bytes, written_, path_));
  written_ += bytes.size();
  return {};
}

Status AtomicFile::commit(bool sync) {
  if (!fd_ || owner_ == 0)
    return Error(ErrorCode::kUsage, "commit() of a file that is already closed");
  if (sync && ::fsync(fd_.get()) != 0) return io_error("write to the disk", path_, errno);
  // Some file systems (NFS, quotas) report a failed write only here.
  if (::close(fd_.release()) != 0 && errno != EINTR) return io_error("close", path_, errno);
  if (::renameat(temporary_folder_, temporary_name_.c_str(), target_folder_,
                 target_name_.c_str()) != 0) {
    return io_error("publish the file", path_, errno);
  }
  owner_ = 0;
  if (sync && ::fsync(target_folder_) != 0)
    return io_error("write the folder to the disk", path_, errno);
  return {};
}

}  // namespace weir
