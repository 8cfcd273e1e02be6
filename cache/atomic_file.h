// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file that appears whole or not at all: written under a temporary name in the same file system,
// then renamed over its target by commit(). A reader sees the old file or the new one, never a
// part; two writers of one target are both right, and the last one stays. Without commit() the
// destructor removes the temporary; a process that is killed leaves it behind, and prune
// (eviction.h) removes it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "cache/file_io.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

class AtomicFile {
 public:
  // `temporary_folder` and `target_folder` are open folders of one file system, borrowed until the
  // object is gone. `path` names the target in errors. The file has mode 0600.
  static Result<AtomicFile> create(int temporary_folder, int target_folder, std::string target_name,
                                   std::string path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  // Appends. After an Error only the destructor is of use.
  Status write(ByteSpan bytes);

  // Publishes the file under its target name, replacing what is there. `sync`: the bytes and the
  // name are on the disk when it returns. Without, a power failure may leave a short file, which
  // the checksum of an entry finds. Call once.
  Status commit(bool sync);

  const std::string& temporary_name() const { return temporary_name_; }

 private:
  AtomicFile() = default;

  int temporary_folder_ = -1;
  int target_folder_ = -1;
  std::string temporary_name_;
  std::string target_name_;
  std::string path_;
  UniqueFd fd_;
  uint64_t written_ = 0;
  // The process that made the temporary; 0 when there is none to remove. After fork() the child has
  // a copy of this object, and must not remove the parent's file.
  pid_t owner_ = 0;
};

}  // namespace weir
