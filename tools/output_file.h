// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file that a command writes: it appears whole, under its name, when commit() succeeds, and not
// at all otherwise. Written beside its target under a temporary name and renamed over it. A target
// that exists and is no regular file (/dev/stdout, a pipe) is written directly.
#pragma once

#include <cstdio>
#include <string>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir::tool {

class OutputFile {
 public:
  static Result<OutputFile> create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // Buffered; owned by this object.
  std::FILE* stream() const { return stream_; }
  Status write(ByteSpan bytes);
  // After a write to stream() whose result is lost: keeps why it failed for commit(), before errno
  // is another's.
  void note_failed_write();
  // Ends the file: flushes, closes, renames. Also reports what earlier writes to stream() left
  // unsaid. Call once.
  Status commit();

 private:
  OutputFile() = default;
  Error failed(const char* action, int error) const;

  std::FILE* stream_ = nullptr;
  std::string path_;       // as given
  std::string target_;     // where links lead
  int write_error_ = 0;    // of the first write to stream() that failed
  std::string temporary_;  // empty: written directly, or committed
};

// The whole of a file in one call.
Status write_file(const std::string& path, ByteSpan bytes);

}  // namespace weir::tool
