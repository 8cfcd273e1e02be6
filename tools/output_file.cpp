// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::tool {

namespace {

// The file behind symbolic links, if it exists: renaming must not replace a link.
std::string resolve(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

Error OutputFile::failed(const char* action, int error) const {
  return Error(ErrorCode::kIo, fmt::format("cannot {}: {}", action, std::strerror(error)))
      .in_file(path_);
}

Result<OutputFile> OutputFile::create(const std::string& path) {
  OutputFile file;
  file.path_ = path;
  file.target_ = resolve(path);
  struct stat info{};
  const bool exists = ::stat(file.target_.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return file.failed("write the file", EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    file.stream_ = std::fopen(file.target_.c_str(), "wbe");
    if (file.stream_ == nullptr) return file.failed("write the file", errno);
    return file;
  }
  // mkstemp() would make it 0600; a file that a command writes has the mode that the umask says.
  for (unsigned attempt = 0;; ++attempt) {
    std::string name = fmt::format("{}.tmp-{}-{}", file.target_, ::getpid(), attempt);
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST && attempt < 100) continue;
    if (fd < 0) return file.failed("create the file", errno);
    file.temporary_ = std::move(name);
    // If this fails, the new file has a mode of its own.
    if (exists) (void)::fchmod(fd, info.st_mode & 07777);
    file.stream_ = ::fdopen(fd, "wb");
    if (file.stream_ == nullptr) {
      const int error = errno;
      ::close(fd);
      return file.failed("create the file", error);
    }
    return file;
  }
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : stream_(std::exchange(other.stream_, nullptr)),
      path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      write_error_(other.write_error_),
      temporary_(std::exchange(other.temporary_, {})) {}

OutputFile::~OutputFile() {
  if (stream_ != nullptr) std::fclose(stream_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status OutputFile::write(ByteSpan bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size()) {
    return failed("write the file", errno);
  }
  return {};
}

void OutputFile::note_failed_write() {
  const int error = errno;
  if (write_error_ == 0 && std::ferror(stream_) != 0) write_error_ = error != 0 ? error : EIO;
}

Status OutputFile::commit() {
  errno = 0;
  const bool bad = std::fflush(stream_) != 0 || std::ferror(stream_) != 0;
  note_failed_write();
  const int error = write_error_ != 0 ? write_error_ : errno;
  const bool closed = std::fclose(std::exchange(stream_, nullptr)) == 0;
  if (bad || !closed) return failed("write the file", bad ? error : errno);
  if (temporary_.empty()) return {};
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) return failed("create the file", errno);
  temporary_.clear();
  return {};
}

Status write_file(const std::string& path, ByteSpan bytes) {
  WEIR_TRY(OutputFile file, OutputFile::create(path));
  WEIR_CHECK(file.write(bytes));
  return file.commit();
}

}  // namespace weir::tool
