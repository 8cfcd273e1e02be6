// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/targets/target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace weir::fuzz {

void broken(std::string_view promise) {
  std::fprintf(stderr, "BROKEN PROMISE: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

MemoryFile::MemoryFile(ByteSpan bytes) : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  if (fd_ < 0 || (!bytes.empty() && ::pwrite(fd_, bytes.data(), bytes.size(), 0) !=
                                        static_cast<ssize_t>(bytes.size()))) {
    std::perror("a file in memory");
    std::exit(1);
  }
  path_ = "/proc/self/fd/" + std::to_string(fd_);
}

MemoryFile::~MemoryFile() {
  ::close(fd_);
}

const std::string& scratch_folder() {
  struct Folder {
    std::string path;
    Folder() {
      path = (std::filesystem::temp_directory_path() / "weir-fuzz-XXXXXX").string();
      if (::mkdtemp(path.data()) == nullptr) {
        std::perror(path.c_str());
        std::exit(1);
      }
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  return folder.path;
}

}  // namespace weir::fuzz
