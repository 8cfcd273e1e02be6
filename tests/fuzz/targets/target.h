// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the fuzz targets share. Each target is one file with one LLVMFuzzerTestOneInput: in preset
// `fuzz` libFuzzer drives it, everywhere else replay_main.cpp runs the corpus through it. A target
// ends the process where the code under test breaks a promise; crashes and sanitizers do the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "frontend/support/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// Some targets have one of their own: mutations that know the format.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed);
// Mutates bytes as bytes: libFuzzer's, or replay_main.cpp's.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace weir::fuzz {

// Says which promise is broken and ends the process, as a crash that libFuzzer keeps the input of.
[[noreturn]] void broken(std::string_view promise);
inline void promise(bool kept, std::string_view what) {
  if (!kept) broken(what);
}

// The bytes as a file in memory, for what takes a path.
class MemoryFile {
 public:
  explicit MemoryFile(ByteSpan bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  const std::string& path() const { return path_; }
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string path_;  // /proc/self/fd/N
};

// A folder that is there as long as the process is; 0700.
const std::string& scratch_folder();

}  // namespace weir::fuzz
