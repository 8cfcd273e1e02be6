// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory below 4 GiB. C code for the kernel's contexts finds a packet by 32-bit members (struct
// xdp_md), so that is where packets must lie if the same C is to run natively.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "frontend/support/bytes.h"

namespace weir::measure {

class LowMemory {
 public:
  // Ordinary memory where there is none below 4 GiB: is_low() says which.
  explicit LowMemory(size_t size);
  ~LowMemory();
  LowMemory(const LowMemory&) = delete;
  LowMemory& operator=(const LowMemory&) = delete;

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  std::span<uint8_t> bytes() const { return {data_, size_}; }
  bool is_low() const { return reinterpret_cast<uintptr_t>(data_) + size_ <= UINT32_MAX; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_;
};

}  // namespace weir::measure
