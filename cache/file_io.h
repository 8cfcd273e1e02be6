// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few POSIX calls the store is made of, with errors as values. Nothing here raises a signal:
// files are read and written, never mapped (a mapped file that another process cuts short is a
// SIGBUS), and a write past RLIMIT_FSIZE, which the kernel answers with SIGXFSZ, is refused before
// it is tried.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

// Owns a file descriptor; -1 owns nothing.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// Bytes that are not zeroed before they are read into.
struct Buffer {
  std::unique_ptr<uint8_t[]> data;
  size_t size = 0;
  ByteSpan span() const { return {data.get(), size}; }
};

// "cannot ACTION: No space left on device", at `path`. Code CacheUnavailable.
Error io_error(std::string_view action, std::string_view path, int error_number);

// Path for a shell command in a hint.
std::string shell_quote(std::string_view path);

// openat() that tries again after EINTR; always with O_CLOEXEC.
int open_at(int folder, const char* name, int flags, mode_t mode = 0);

// The first `size` bytes of the file, fewer if it ends earlier. The caller bounds `size`.
Result<Buffer> read_start(int fd, uint64_t size, std::string_view path);

// All of `bytes` at `offset`, or an Error.
Status write_at(int fd, ByteSpan bytes, uint64_t offset, std::string_view path);

using Time = std::chrono::system_clock::time_point;
Time to_time(const timespec& value);
timespec to_timespec(Time value);

// Names in an open folder, without "." and "..", sorted. A folder that cannot be read is an Error.
Result<std::vector<std::string>> list_folder(int folder, std::string_view path);

}  // namespace weir
