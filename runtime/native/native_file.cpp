// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/native/native_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "frontend/support/interrupted.h"
#include "runtime/abi/artifact.h"

namespace weir {

namespace {

class File {
 public:
  // O_NONBLOCK: opening a pipe must not wait for its writer. Regular files do not know the
  // difference.
  explicit File(const char* path)
      : fd_(again_if_interrupted(
            [path] { return ::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); })) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error failed(std::string_view what, int error) {
  const ErrorCode code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error(code, fmt::format("{}: {}", what, std::strerror(error)));
}

Result<std::vector<uint8_t>> read_file(const std::string& path) {
  if (path.find('\0') != std::string::npos) {
    return Error(ErrorCode::kNotFound, "a path cannot hold a zero byte");
  }
  const File file(path.c_str());
  if (file.fd() < 0) return failed("cannot open the file", errno);
  struct stat info;
  if (::fstat(file.fd(), &info) != 0) return failed("cannot look at the file", errno);
  if (!S_ISREG(info.st_mode)) {
    return Error(ErrorCode::kIo, S_ISDIR(info.st_mode) ? "is a directory, expected a file"
                                                       : "is not a regular file");
  }
  if (info.st_size < 0 || static_cast<uint64_t>(info.st_size) > kMaxNativeBytes) {
    return Error(ErrorCode::kLimit, fmt::format("the file has {} bytes, at most {} are allowed",
                                                info.st_size, kMaxNativeBytes));
  }

  std::vector<uint8_t> bytes(static_cast<size_t>(info.st_size));
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::read(file.fd(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(fmt::format("cannot read the file at byte {}", have), errno);
    if (n == 0) {
      return Error(ErrorCode::kObjectTruncated,
                   fmt::format("the file had {} bytes when it was opened, but ends at {}",
                               bytes.size(), have))
          .with_hint("somebody writes to it; write a new file and rename it instead");
    }
    have += static_cast<size_t>(n);
  }
  return bytes;
}

}  // namespace

Result<std::vector<uint8_t>> read_native_file(const std::string& path) {
  try {
    auto bytes = read_file(path);
    if (bytes) return bytes;
    return bytes.take_error().in_file(path);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOutOfMemory, "no memory for the contents of the file").in_file(path);
  }
}

}  // namespace weir
