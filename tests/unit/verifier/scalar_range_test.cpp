// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Soundness of the scalar domain: whatever an operation gives must contain the true result for
// every pair of values in the operands. Sets are made by joining random values that lie near the
// borders where mistakes live; results come from plain C++ arithmetic.
#include "frontend/verifier/scalar_range.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace weir {
namespace {

struct Sample {
  ScalarRange range;
  std::vector<uint64_t> values;
};

class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  uint64_t value() {
    static constexpr uint64_t kCenters[] = {0,
                                            1,
                                            8,
                                            64,
                                            255,
                                            65535,
                                            0x7fffffff,
                                            0x80000000,
                                            0xffffffff,
                                            0x100000000,
                                            0x7fffffffffffffff,
                                            0x8000000000000000,
                                            0xffffffffffffffff};
    switch (random_() % 4) {
      case 0: return random_();
      case 1: return random_() >> (random_() % 64);
      default: return kCenters[random_() % std::size(kCenters)] + random_() % 9 - 4;
    }
  }

  Sample sample() {
    Sample s;
    const int n = 1 + static_cast<int>(random_() % 4);
    const uint64_t base = value();
    for (int i = 0; i < n; ++i)
      s.values.push_back(random_() % 3 == 0 ? value() : base + random_() % 17);
    s.range = ScalarRange::constant(s.values[0]);
    for (uint64_t v : s.values) s.range = join(s.range, ScalarRange::constant(v));
    EXPECT_TRUE(s.range.normalize());
    return s;
  }
  uint64_t operator()() { return random_(); }

 private:
  std::mt19937_64 random_;
};

template <class U>
U evaluate(Arith op, U a, U b) {
  using S = std::make_signed_t<U>;
  const unsigned n = static_cast<unsigned>(b) & (sizeof(U) * 8 - 1);
  switch (op) {
    case Arith::kAdd: return a + b;
    case Arith::kSub: return a - b;
    case Arith::kMul: return a * b;
    case Arith::kDiv: return b == 0 ? 0 : a / b;
    case Arith::kMod: return b == 0 ? a : a % b;
    case Arith::kSdiv:
      return b == 0                    ? 0
             : b == static_cast<U>(-1) ? U{0} - a
                                       : static_cast<U>(static_cast<S>(a) / static_cast<S>(b));
    case Arith::kSmod:
      return b == 0                    ? a
             : b == static_cast<U>(-1) ? 0
                                       : static_cast<U>(static_cast<S>(a) % static_cast<S>(b));
    case Arith::kAnd: return a & b;
    case Arith::kOr: return a | b;
    case Arith::kXor: return a ^ b;
    case Arith::kLsh: return static_cast<U>(a << n);
    case Arith::kRsh: return static_cast<U>(a >> n);
    case Arith::kArsh: return static_cast<U>(static_cast<S>(a) >> n);
  }
  return 0;
}

bool evaluate(Compare c, uint64_t a, uint64_t b, bool wide) {
  if (!wide) {
    a = static_cast<uint32_t>(a);
    b = static_cast<uint32_t>(b);
  }
  const int64_t x = wide ? static_cast<int64_t>(a) : static_cast<int32_t>(a);
  const int64_t y = wide ? static_cast<int64_t>(b) : static_cast<int32_t>(b);
  switch (c) {
    case Compare::kEq: return a == b;
    case Compare::kNe: return a != b;
    case Compare::kGt: return a > b;
    case Compare::kGe: return a >= b;
    case Compare::kLt: return a < b;
    case Compare::kLe: return a <= b;
    case Compare::kSgt: return x > y;
    case Compare::kSge: return x >= y;
    case Compare::kSlt: return x < y;
    case Compare::kSle: return x <= y;
    case Compare::kSet: return (a & b) != 0;
  }
  return false;
}

TEST(ScalarRange, ArithmeticContainsEveryResult) {
  Maker make(1);
  for (int i = 0; i < 300'000; ++i) {
    const Sample a = make.sample(), b = make.sample();
    const auto op = static_cast<Arith>(make() % 13);
    const ScalarRange wide = arith(op, a.range, b.range, true),
                      narrow = arith(op, a.range, b.range, false);
    for (uint64_t x : a.values) {
      for (uint64_t y : b.values) {
        const uint64_t w = evaluate<uint64_t>(op, x, y);
        const uint64_t n =
            evaluate<uint32_t>(op, static_cast<uint32_t>(x), static_cast<uint32_t>(y));
        ASSERT_TRUE(wide.contains(w)) << "op " << int(op) << " " << x << ", " << y << " = " << w
                                      << " not in " << to_string(wide);
        ASSERT_TRUE(narrow.contains(n)) << "op32 " << int(op) << " " << x << ", " << y << " = " << n
                                        << " not in " << to_string(narrow);
      }
    }
  }
}

// An operation on two known numbers gives a known one, also where it carries out of 32 bits.
TEST(ScalarRange, ArithmeticOnConstantsIsExact) {
  Maker make(2);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t x = make.sample().values[0], y = make.sample().values[0];
    for (const Arith op : {Arith::kAdd, Arith::kSub, Arith::kMul, Arith::kAnd, Arith::kOr,
                           Arith::kXor, Arith::kLsh, Arith::kRsh, Arith::kArsh}) {
      const ScalarRange a = ScalarRange::constant(x), b = ScalarRange::constant(y);
      ASSERT_EQ(to_string(arith(op, a, b, true)),
                to_string(ScalarRange::constant(evaluate<uint64_t>(op, x, y))))
          << "op " << int(op) << " " << x << ", " << y;
      ASSERT_EQ(to_string(arith(op, a, b, false)),
                to_string(ScalarRange::constant(evaluate<uint32_t>(op, static_cast<uint32_t>(x),
                                                                   static_cast<uint32_t>(y)))))
          << "op32 " << int(op) << " " << x << ", " << y;
    }
  }
}

// What is carried out of 32 bits is lost, and nothing else is.
TEST(ScalarRange, ArithmeticOn32BitsOfConstantsIsExact) {
  const auto low = [](Arith operation, uint64_t a, uint64_t b) {
    const ScalarRange r =
        arith(operation, ScalarRange::constant(a), ScalarRange::constant(b), false);
    EXPECT_TRUE(r.is_constant()) << a << ", " << b;
    return r.umin;
  };
  const uint64_t minus_one = UINT64_MAX;
  EXPECT_EQ(low(Arith::kAdd, 10, minus_one), 9u);
  EXPECT_EQ(low(Arith::kAdd, UINT32_MAX, 1), 0u);
  EXPECT_EQ(low(Arith::kSub, 10, 11), UINT32_MAX);
  EXPECT_EQ(low(Arith::kMul, 0x10000, 0x10001), 0x10000u);
  EXPECT_EQ(low(Arith::kLsh, 0x80000001, 1), 2u);
  const ScalarRange few =
      arith(Arith::kAdd, ScalarRange::between(1, 10), ScalarRange::constant(minus_one), false);
  EXPECT_EQ(few.umin, 0u);
  EXPECT_EQ(few.umax, 9u);
}

TEST(ScalarRange, RefinementKeepsEveryValueThatPasses) {
  Maker make(2);
  for (int i = 0; i < 300'000; ++i) {
    const Sample a = make.sample(), b = make.sample();
    const auto c = static_cast<Compare>(make() % 11);
    const bool wide = make() % 2 != 0, taken = make() % 2 != 0;
    ScalarRange ra = a.range, rb = b.range;
    const bool possible = refine(c, taken, wide, ra, rb);
    for (uint64_t x : a.values) {
      for (uint64_t y : b.values) {
        if (evaluate(c, x, y, wide) != taken) continue;
        ASSERT_TRUE(possible) << int(c) << " " << x << " " << y;
        ASSERT_TRUE(ra.contains(x) && rb.contains(y))
            << int(c) << (wide ? "" : " (32)") << " " << x << " " << y << ": " << to_string(ra)
            << " / " << to_string(rb);
      }
    }
  }
}

TEST(ScalarRange, JoinWidenTruncateExtendContainTheirInputs) {
  Maker make(3);
  for (int i = 0; i < 200'000; ++i) {
    const Sample a = make.sample(), b = make.sample();
    const ScalarRange joined = join(a.range, b.range), widened = widen(a.range, b.range),
                      low = truncate32(a.range);
    ASSERT_TRUE(joined.includes(a.range) && joined.includes(b.range));
    ASSERT_TRUE(widened.includes(a.range) && widened.includes(b.range)) << to_string(widened);
    for (uint64_t v : a.values) {
      ASSERT_TRUE(low.contains(static_cast<uint32_t>(v)));
      ASSERT_TRUE(
          sign_extend(a.range, 8).contains(static_cast<uint64_t>(int64_t{static_cast<int8_t>(v)})));
      ASSERT_TRUE(sign_extend(a.range, 16)
                      .contains(static_cast<uint64_t>(int64_t{static_cast<int16_t>(v)})));
      ASSERT_TRUE(sign_extend(a.range, 32)
                      .contains(static_cast<uint64_t>(int64_t{static_cast<int32_t>(v)})));
    }
  }
}

// A value that keeps growing is at rest after a few widenings.
TEST(ScalarRange, WideningEnds) {
  Maker make(4);
  for (int i = 0; i < 2'000; ++i) {
    ScalarRange r = make.sample().range;
    int steps = 0;
    for (int k = 0; k < 500; ++k) {
      const ScalarRange next = widen(r, make.sample().range);
      steps += next != r;
      r = next;
    }
    EXPECT_LE(steps, 120) << to_string(r);
  }
}

// What packet code relies on.
TEST(ScalarRange, LearnsWhatParsersNeed) {
  const ScalarRange byte = ScalarRange::bits_wide(8);
  const ScalarRange ihl =
      arith(Arith::kLsh, arith(Arith::kAnd, byte, ScalarRange::constant(15), true),
            ScalarRange::constant(2), true);
  EXPECT_EQ(ihl.umin, 0u);
  EXPECT_EQ(ihl.umax, 60u);
  EXPECT_EQ(ihl.bits.mask, 0x3cu);
  ScalarRange x = ScalarRange::any(), limit = ScalarRange::constant(20);
  ASSERT_TRUE(refine(Compare::kLt, true, false, x, limit));
  EXPECT_EQ(x.umax32, 19u);
  EXPECT_FALSE(x.fits32());
  x = truncate32(x);
  EXPECT_EQ(x.umax, 19u);
  ScalarRange y = ScalarRange::any(), zero = ScalarRange::constant(0);
  ASSERT_TRUE(refine(Compare::kSge, true, true, y, zero));
  EXPECT_EQ(y.umax, uint64_t{INT64_MAX});
}

}  // namespace
}  // namespace weir
