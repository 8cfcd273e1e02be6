// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known of a 64-bit number: which bits (a tristate number) and in which ranges it lies,
// signed and unsigned, as a whole and in its low half. Five views of one set of values; normalize()
// lets each learn from the others. Every operation gives a superset of the true results:
// tests/unit/verifier enumerates small sets to show it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace weir {

// Known bits: a value v is in the set if v & ~mask == value. value & mask == 0 always.
struct Tnum {
  uint64_t value = 0;
  uint64_t mask = UINT64_MAX;
  friend bool operator==(const Tnum&, const Tnum&) = default;
};

struct ScalarRange {
  Tnum bits;
  uint64_t umin = 0, umax = UINT64_MAX;
  int64_t smin = INT64_MIN, smax = INT64_MAX;
  uint32_t umin32 = 0, umax32 = UINT32_MAX;
  int32_t smin32 = INT32_MIN, smax32 = INT32_MAX;

  static ScalarRange any() { return {}; }
  static ScalarRange constant(uint64_t value);
  static ScalarRange between(uint64_t umin, uint64_t umax);
  static ScalarRange bits_wide(unsigned bits);  // 0 .. 2^bits - 1

  bool is_constant() const { return bits.mask == 0; }
  uint64_t constant_value() const { return bits.value; }
  bool fits32() const { return umax <= UINT32_MAX; }
  bool contains(uint64_t value) const;
  // True if every value of `other` is in this one.
  bool includes(const ScalarRange& other) const;
  // Makes the views agree. False if no value is left: the path that led here does not exist.
  bool normalize();

  friend bool operator==(const ScalarRange&, const ScalarRange&) = default;
};

// Operations as RFC 9669 defines them, at 64 bits, and at 32 bits with the result zero-extended.
enum class Arith : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kSdiv,
  kSmod,
  kAnd,
  kOr,
  kXor,
  kLsh,
  kRsh,
  kArsh
};
ScalarRange arith(Arith operation, const ScalarRange& a, const ScalarRange& b, bool wide);

ScalarRange truncate32(const ScalarRange& a);                  // low half, zero-extended
ScalarRange sign_extend(const ScalarRange& a, unsigned bits);  // from 8, 16 or 32 to 64

// Smallest range that includes both. `widen`: upper bounds that grew go to the next landmark
// (ascending; typically constants that the program compares with), then to the next of a few round
// numbers, so that a chain of joins ends soon.
ScalarRange join(const ScalarRange& a, const ScalarRange& b);
ScalarRange widen(const ScalarRange& old, const ScalarRange& now,
                  std::span<const uint64_t> landmarks = {});
// Values in both. False if there are none.
bool intersect(ScalarRange& a, const ScalarRange& b);

// Conditions of jumps. Refines a and b by `a OP b` being `taken`; false if that cannot be.
enum class Compare : uint8_t { kEq, kNe, kGt, kGe, kLt, kLe, kSgt, kSge, kSlt, kSle, kSet };
Compare negate(Compare compare);
bool refine(Compare compare, bool taken, bool wide, ScalarRange& a, ScalarRange& b);

std::string to_string(const ScalarRange& range);

}  // namespace weir
