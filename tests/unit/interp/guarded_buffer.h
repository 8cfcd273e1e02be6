// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory with a page that nobody may touch right before and right after it: an access outside ends
// the test with a signal instead of going unnoticed.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstring>

namespace weir::testing {

class GuardedBuffer {
 public:
  enum class Touching { kStart, kEnd };  // which guard page the bytes lie against

  GuardedBuffer(size_t size, Touching touching) : size_(size) {
    pages_ = (size + kPage - 1) / kPage * kPage;
    void* map = mmap(nullptr, pages_ + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    base_ = map == MAP_FAILED ? nullptr : static_cast<uint8_t*>(map);
    if (!base_ || mprotect(base_ + kPage, pages_, PROT_READ | PROT_WRITE) != 0) return;
    data_ = base_ + kPage + (touching == Touching::kStart ? 0 : pages_ - size);
  }
  ~GuardedBuffer() {
    if (base_) munmap(base_, pages_ + 2 * kPage);
  }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  uint8_t* data() { return data_; }  // null if the system gave no memory
  size_t size() const { return size_; }

 private:
  static constexpr size_t kPage = 4096;
  size_t size_;
  size_t pages_ = 0;
  uint8_t* base_ = nullptr;
  uint8_t* data_ = nullptr;
};

}  // namespace weir::testing
