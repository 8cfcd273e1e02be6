// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SplitMix64: the same numbers on every machine, which std::shuffle and the distributions of
// <random> do not promise.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace weir::measure {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 .. limit-1; limit is small, so the bias does not matter.
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>((next() >> 32) * limit >> 32); }
  bool chance(uint32_t percent) { return below(100) < percent; }

  template <class T>
  void shuffle(std::span<T> items) {
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(static_cast<uint32_t>(i))]);
    }
  }

 private:
  uint64_t state_;
};

}  // namespace weir::measure
