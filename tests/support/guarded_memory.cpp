// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/support/guarded_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace weir::test {

namespace {
constexpr uint8_t kPattern = 0xc3;
constexpr size_t kStart = 16;  // what atomics need at most is 8
}  // namespace

GuardedMemory::GuardedMemory(size_t most) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  size_ = (most + kStart + page - 1) / page * page;
  mapped_ = size_ + 2 * page;
  void* map = ::mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) std::abort();
  map_ = static_cast<uint8_t*>(map);
  usable_ = map_ + page;
  if (::mprotect(usable_, size_, PROT_READ | PROT_WRITE) != 0) std::abort();
}

GuardedMemory::~GuardedMemory() {
  ::munmap(map_, mapped_);
}

uint8_t* GuardedMemory::place(ByteSpan bytes) {
  if (bytes.size() > size_) std::abort();
  std::fill_n(usable_, size_, kPattern);
  placed_ = usable_ + (size_ - bytes.size()) / kStart * kStart;
  placed_size_ = bytes.size();
  std::copy(bytes.begin(), bytes.end(), placed_);
  return bytes.empty() ? nullptr : placed_;
}

bool GuardedMemory::whole() const {
  auto untouched = [](const uint8_t* from, const uint8_t* to) {
    return std::all_of(from, to, [](uint8_t byte) { return byte == kPattern; });
  };
  return untouched(usable_, placed_) && untouched(placed_ + placed_size_, usable_ + size_);
}

}  // namespace weir::test
