// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random numbers for mutators and generators: the same for the same seed everywhere, which
// std::uniform_int_distribution's are not.
#pragma once

#include <cstdint>
#include <random>

namespace weir::fuzz {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // 0 .. n-1
  uint64_t below(uint64_t n) { return engine_() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  uint64_t bits() { return engine_(); }
  // A number of the kind that finds mistakes.
  uint64_t odd_number() {
    static constexpr uint64_t kNumbers[] = {
        0,      1,       2,          3,          7,           8,           31,         32,
        63,     64,      0x7f,       0x80,       0xff,        0x100,       0x7fff,     0x8000,
        0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,  0x100000000, 0xfffffff8, ~uint64_t{0},
        512,    4096,    0xfffffff0, 0x7ffffff8, 0xffffff00u, 1u << 20,    1u << 28,   1u << 30};
    return one_in(3) ? below(64) : kNumbers[below(std::size(kNumbers))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace weir::fuzz
