// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/file_io.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace weir {

void UniqueFd::reset() {
  // Linux frees the descriptor even when close() reports EINTR: never again.
  if (fd_ >= 0) (void)::close(std::exchange(fd_, -1));
}

namespace {
// "No such file or directory"; static text, so that it is there when nothing else is.
std::string error_text(int error_number) {
  const char* text = ::strerrordesc_np(error_number);
  return text != nullptr ? text : fmt::format("error {}", error_number);
}
}  // namespace

Error io_error(std::string_view action, std::string_view path, int error_number) {
  return Error(ErrorCode::kCacheUnavailable,
               fmt::format("cannot {}: {}", action, error_text(error_number)))
      .in_file(path);
}

std::string shell_quote(std::string_view path) {
  std::string out = "'";
  for (char c : path) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

int open_at(int folder, const char* name, int flags, mode_t mode) {
  int fd;
  do {
    fd = ::openat(folder, name, flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

Result<Buffer> read_start(int fd, uint64_t size, std::string_view path) {
  Buffer buffer;
  buffer.data.reset(new (std::nothrow) uint8_t[size]);
  if (!buffer.data) {
    return Error(ErrorCode::kOutOfMemory, fmt::format("no memory for {} bytes", size))
        .in_file(path);
  }
  while (buffer.size < size) {
    ssize_t n = ::pread(fd, buffer.data.get() + buffer.size, size - buffer.size,
                        static_cast<off_t>(buffer.size));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("read", path, errno);
    if (n == 0) break;
    buffer.size += static_cast<size_t>(n);
  }
  return buffer;
}

Status write_at(int fd, ByteSpan bytes, uint64_t offset, std::string_view path) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      offset + bytes.size() > limit.rlim_cur) {
    return io_error("write", path, EFBIG);
  }
  while (!bytes.empty()) {
    ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("write", path, errno);
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

Time to_time(const timespec& value) {
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::seconds(value.tv_sec) +
                                                         std::chrono::nanoseconds(value.tv_nsec)));
}

timespec to_timespec(Time value) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(value);
  auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(value - seconds);
  timespec out{};
  out.tv_sec = static_cast<time_t>(seconds.time_since_epoch().count());
  out.tv_nsec = static_cast<long>(rest.count());
  return out;
}

Result<std::vector<std::string>> list_folder(int folder, std::string_view path) {
  // A descriptor of its own: fdopendir() takes it over, and reading moves its offset.
  UniqueFd own(open_at(folder, ".", O_RDONLY | O_DIRECTORY));
  if (!own) return io_error("read the folder", path, errno);
  struct Close {
    void operator()(DIR* dir) const { ::closedir(dir); }
  };
  std::unique_ptr<DIR, Close> dir(::fdopendir(own.get()));
  if (!dir) return io_error("read the folder", path, errno);
  (void)own.release();

  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    dirent* item = ::readdir(dir.get());
    if (item == nullptr) break;
    std::string_view name = item->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return io_error("read the folder", path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace weir
