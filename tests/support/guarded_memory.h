// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory for a program under test that notices what checks should have caught. The bytes start at a
// multiple of 16 and end less than 16 bytes before a page that nobody may touch; another such page
// lies in front. The bytes around them hold a pattern: whole() says whether it is still there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "frontend/support/bytes.h"

namespace weir::test {

class GuardedMemory {
 public:
  // Room for `most` bytes, mapped once: the same size is at the same address in every run, so that
  // engines can be compared although programs see addresses.
  explicit GuardedMemory(size_t most);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  // Puts `bytes` at the end and the pattern everywhere else; gives their address, or null if there
  // are none (a program without memory gets r1 = 0).
  uint8_t* place(ByteSpan bytes);
  // True if nothing but the placed bytes was written since.
  bool whole() const;

 private:
  uint8_t* map_ = nullptr;
  size_t mapped_ = 0;
  uint8_t* usable_ = nullptr;  // between the two forbidden pages
  size_t size_ = 0;
  uint8_t* placed_ = nullptr;
  size_t placed_size_ = 0;
};

}  // namespace weir::test
