// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/low_memory.h"

#include <sys/mman.h>

#include <new>

namespace weir::measure {

LowMemory::LowMemory(size_t size) : size_(size) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_32BIT
  constexpr int kLow = MAP_32BIT;
#else
  constexpr int kLow = 0;
#endif
  const size_t bytes = size_ == 0 ? 1 : size_;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kFlags | kLow, -1, 0);
  if (memory == MAP_FAILED) memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<uint8_t*>(memory);
}

LowMemory::~LowMemory() {
  ::munmap(data_, size_ == 0 ? 1 : size_);
}

}  // namespace weir::measure
