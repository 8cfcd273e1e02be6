// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/scalar_range.h"

#include <algorithm>
#include <bit>
#include <limits>

#include <fmt/format.h>

namespace weir {

namespace {

// ---- Tristate numbers. Addition and multiplication after Vishwanathan et al., "Sound, precise,
// and fast abstract interpretation with tristate numbers" (CGO 2022).

Tnum known(uint64_t value) {
  return {value, 0};
}

Tnum tnum_add(Tnum a, Tnum b) {
  const uint64_t masks = a.mask + b.mask, values = a.value + b.value;
  const uint64_t unknown = ((masks + values) ^ values) | a.mask | b.mask;
  return {values & ~unknown, unknown};
}

Tnum tnum_sub(Tnum a, Tnum b) {
  const uint64_t values = a.value - b.value;
  const uint64_t unknown = ((values + a.mask) ^ (values - b.mask)) | a.mask | b.mask;
  return {values & ~unknown, unknown};
}

Tnum tnum_and(Tnum a, Tnum b) {
  const uint64_t maybe_a = a.value | a.mask, maybe_b = b.value | b.mask, ones = a.value & b.value;
  return {ones, maybe_a & maybe_b & ~ones};
}

Tnum tnum_or(Tnum a, Tnum b) {
  const uint64_t ones = a.value | b.value;
  return {ones, (a.mask | b.mask) & ~ones};
}

Tnum tnum_xor(Tnum a, Tnum b) {
  const uint64_t unknown = a.mask | b.mask;
  return {(a.value ^ b.value) & ~unknown, unknown};
}

Tnum tnum_lsh(Tnum a, unsigned n) {
  return {a.value << n, a.mask << n};
}
Tnum tnum_rsh(Tnum a, unsigned n) {
  return {a.value >> n, a.mask >> n};
}

Tnum tnum_mul(Tnum a, Tnum b) {
  const uint64_t product = a.value * b.value;
  Tnum unknown = known(0);
  while (a.value != 0 || a.mask != 0) {
    if ((a.value & 1) != 0) {
      unknown = tnum_add(unknown, {0, b.mask});
    } else if ((a.mask & 1) != 0) {
      unknown = tnum_add(unknown, {0, b.value | b.mask});
    }
    a = tnum_rsh(a, 1);
    b = tnum_lsh(b, 1);
  }
  return tnum_add(known(product), unknown);
}

// All numbers from min to max share the bits above the highest bit in which the two differ.
Tnum tnum_range(uint64_t min, uint64_t max) {
  const uint64_t differ = min ^ max;
  if (differ == 0) return known(min);
  const unsigned bits = static_cast<unsigned>(std::bit_width(differ));
  const uint64_t low = bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  return {min & ~low, low};
}

// ---- One width at a time.

template <class U>
using SignedOf = std::make_signed_t<U>;

template <class U>
struct View {
  using S = SignedOf<U>;
  Tnum bits;  // at 32 bits: upper halves zero
  U umin, umax;
  S smin, smax;
  static constexpr unsigned kBits = sizeof(U) * 8;
  static View any() {
    return {{0, std::numeric_limits<U>::max()},
            0,
            std::numeric_limits<U>::max(),
            std::numeric_limits<S>::min(),
            std::numeric_limits<S>::max()};
  }
  bool constant() const { return umin == umax; }
};

View<uint64_t> view64(const ScalarRange& r) {
  return {r.bits, r.umin, r.umax, r.smin, r.smax};
}
View<uint32_t> view32(const ScalarRange& r) {
  return {{r.bits.value & UINT32_MAX, r.bits.mask & UINT32_MAX},
          r.umin32,
          r.umax32,
          r.smin32,
          r.smax32};
}

template <class U>
View<U> add(const View<U>& a, const View<U>& b, bool subtract) {
  View<U> r = View<U>::any();
  r.bits = subtract ? tnum_sub(a.bits, b.bits) : tnum_add(a.bits, b.bits);
  U lo, hi;
  SignedOf<U> slo, shi;
  // If both ends wrap the same way the range is still one piece.
  if (subtract) {
    const bool low = __builtin_sub_overflow(a.umin, b.umax, &lo),
               high = __builtin_sub_overflow(a.umax, b.umin, &hi);
    if (low == high) r.umin = lo, r.umax = hi;
    if (!__builtin_sub_overflow(a.smin, b.smax, &slo) &&
        !__builtin_sub_overflow(a.smax, b.smin, &shi)) {
      r.smin = slo, r.smax = shi;
    }
  } else {
    const bool low = __builtin_add_overflow(a.umin, b.umin, &lo),
               high = __builtin_add_overflow(a.umax, b.umax, &hi);
    if (low == high) r.umin = lo, r.umax = hi;
    if (!__builtin_add_overflow(a.smin, b.smin, &slo) &&
        !__builtin_add_overflow(a.smax, b.smax, &shi)) {
      r.smin = slo, r.smax = shi;
    }
  }
  return r;
}

template <class U>
View<U> mul(const View<U>& a, const View<U>& b) {
  View<U> r = View<U>::any();
  r.bits = tnum_mul(a.bits, b.bits);
  U hi;
  if (!__builtin_mul_overflow(a.umax, b.umax, &hi)) {
    r.umax = hi;
    r.umin = a.umin * b.umin;
  }
  SignedOf<U> p[4];
  if (!__builtin_mul_overflow(a.smin, b.smin, &p[0]) &&
      !__builtin_mul_overflow(a.smin, b.smax, &p[1]) &&
      !__builtin_mul_overflow(a.smax, b.smin, &p[2]) &&
      !__builtin_mul_overflow(a.smax, b.smax, &p[3])) {
    r.smin = *std::min_element(p, p + 4);
    r.smax = *std::max_element(p, p + 4);
  }
  return r;
}

template <class U>
View<U> bitwise(Arith operation, const View<U>& a, const View<U>& b) {
  View<U> r = View<U>::any();
  // Largest number with no more bits than x.
  auto ones = [](U x) -> U {
    return x == 0 ? 0 : std::numeric_limits<U>::max() >> std::countl_zero(x);
  };
  switch (operation) {
    case Arith::kAnd:
      r.bits = tnum_and(a.bits, b.bits);
      r.umax = std::min(a.umax, b.umax);
      // Rounded down to a multiple of a power of two: in the same order as before.
      for (const auto& [mask, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
        const U cut = static_cast<U>(~mask->umin);
        if (!mask->constant() || (cut & static_cast<U>(cut + 1)) != 0) continue;
        r.umin = other->umin & mask->umin;
        r.umax = std::min<U>(r.umax, other->umax & mask->umin);
      }
      break;
    case Arith::kOr:
      r.bits = tnum_or(a.bits, b.bits);
      r.umin = std::max(a.umin, b.umin);
      r.umax = ones(a.umax | b.umax);
      break;
    default:
      r.bits = tnum_xor(a.bits, b.bits);
      r.umax = ones(a.umax | b.umax);
      break;
  }
  return r;
}

template <class U>
View<U> shift(Arith operation, const View<U>& a, unsigned n) {
  using S = SignedOf<U>;
  View<U> r = View<U>::any();
  const U all = std::numeric_limits<U>::max();
  switch (operation) {
    case Arith::kLsh:
      r.bits = tnum_lsh(a.bits, n);
      r.bits = {r.bits.value & all, r.bits.mask & all};
      if (n == 0 || a.umax >> (View<U>::kBits - n) == 0) {
        r.umin = static_cast<U>(a.umin << n);
        r.umax = static_cast<U>(a.umax << n);
      }
      break;
    case Arith::kRsh:
      r.bits = tnum_rsh(a.bits, n);
      r.umin = a.umin >> n;
      r.umax = a.umax >> n;
      break;
    default: {
      r.smin = static_cast<S>(a.smin >> n);
      r.smax = static_cast<S>(a.smax >> n);
      const uint64_t sign = uint64_t{1} << (View<U>::kBits - 1);
      auto extend = [&](uint64_t bits) {
        return static_cast<U>(static_cast<S>(static_cast<U>(bits)) >> n);
      };
      r.bits = {extend(a.bits.value), extend(a.bits.mask)};
      if ((a.bits.mask & sign) != 0) r.bits.value &= ~r.bits.mask;
      break;
    }
  }
  return r;
}

template <class U>
View<U> divide(Arith operation, const View<U>& a, const View<U>& b) {
  View<U> r = View<U>::any();
  using S = SignedOf<U>;
  switch (operation) {
    case Arith::kDiv:  // by zero gives 0
      r.umax = b.umin == 0 ? a.umax : a.umax / b.umin;
      r.umin = b.umin == 0 ? 0 : a.umin / b.umax;
      break;
    case Arith::kMod:  // by zero leaves the dividend
      r.umax = b.umin == 0 ? a.umax : std::min<U>(a.umax, b.umax - 1);
      if (b.umin != 0 && a.umax < b.umin) r.umin = a.umin;
      break;
    case Arith::kSdiv:
      if (b.smin > 0) {
        r.smin = a.smin >= 0 ? a.smin / b.smax : a.smin / b.smin;
        r.smax = a.smax >= 0 ? a.smax / b.smin : a.smax / b.smax;
      }
      break;
    default:  // kSmod: the sign of the dividend
      if (b.smin > 0) {
        const S most = b.smax - 1;
        r.smin = a.smin >= 0 ? S{0} : std::max<S>(a.smin, static_cast<S>(-most));
        r.smax = a.smax <= 0 ? S{0} : std::min<S>(a.smax, most);
      }
      break;
  }
  return r;
}

template <class U>
View<U> compute(Arith operation, const View<U>& a, const View<U>& b) {
  switch (operation) {
    case Arith::kAdd: return add(a, b, false);
    case Arith::kSub: return add(a, b, true);
    case Arith::kMul: return mul(a, b);
    case Arith::kAnd:
    case Arith::kOr:
    case Arith::kXor: return bitwise(operation, a, b);
    case Arith::kLsh:
    case Arith::kRsh:
    case Arith::kArsh: {
      if (b.constant())
        return shift(operation, a, static_cast<unsigned>(b.umin & (View<U>::kBits - 1)));
      View<U> r = View<U>::any();
      if (operation == Arith::kRsh) r.umax = a.umax;
      if (operation == Arith::kArsh) {
        r.smin = std::min<SignedOf<U>>(a.smin, 0);
        r.smax = std::max<SignedOf<U>>(a.smax, -1);
      }
      return r;
    }
    default: return divide(operation, a, b);
  }
}

bool finish(ScalarRange& r) {
  if (r.normalize()) return true;
  // An operation on non-empty sets cannot give an empty one; if the bounds say so they are not to
  // be trusted.
  r = ScalarRange::any();
  return false;
}

ScalarRange from32(const View<uint32_t>& v) {
  ScalarRange r;
  r.bits = {v.bits.value & UINT32_MAX, v.bits.mask & UINT32_MAX};  // without what was carried out
  r.umax = UINT32_MAX;
  r.umin32 = v.umin, r.umax32 = v.umax, r.smin32 = v.smin, r.smax32 = v.smax;
  finish(r);
  return r;
}

}  // namespace

ScalarRange ScalarRange::constant(uint64_t v) {
  return {known(v),
          v,
          v,
          static_cast<int64_t>(v),
          static_cast<int64_t>(v),
          static_cast<uint32_t>(v),
          static_cast<uint32_t>(v),
          static_cast<int32_t>(v),
          static_cast<int32_t>(v)};
}

ScalarRange ScalarRange::between(uint64_t umin, uint64_t umax) {
  ScalarRange r;
  r.umin = umin;
  r.umax = umax;
  finish(r);
  return r;
}

ScalarRange ScalarRange::bits_wide(unsigned bits) {
  return bits >= 64 ? any() : between(0, (uint64_t{1} << bits) - 1);
}

bool ScalarRange::contains(uint64_t v) const {
  const auto s = static_cast<int64_t>(v);
  const auto u32 = static_cast<uint32_t>(v);
  const auto s32 = static_cast<int32_t>(v);
  return (v & ~bits.mask) == bits.value && umin <= v && v <= umax && smin <= s && s <= smax &&
         umin32 <= u32 && u32 <= umax32 && smin32 <= s32 && s32 <= smax32;
}

bool ScalarRange::includes(const ScalarRange& o) const {
  return (o.bits.mask & ~bits.mask) == 0 && (o.bits.value & ~bits.mask) == bits.value &&
         umin <= o.umin && o.umax <= umax && smin <= o.smin && o.smax <= smax &&
         umin32 <= o.umin32 && o.umax32 <= umax32 && smin32 <= o.smin32 && o.smax32 <= smax32;
}

namespace {

// Where the lowest bits are known, as of a multiple of 8, both ends have them too.
bool align(ScalarRange& r) {
  if ((r.bits.mask & 1) != 0 || r.bits.mask == 0) return true;
  const uint64_t low = (r.bits.mask & (~r.bits.mask + 1)) - 1;
  auto above = [&](uint64_t end) { return (r.bits.value - end) & low; };
  auto below = [&](uint64_t end) { return (end - r.bits.value) & low; };
  const auto smin = static_cast<uint64_t>(r.smin), smax = static_cast<uint64_t>(r.smax);
  const bool none = __builtin_add_overflow(r.umin, above(r.umin), &r.umin) ||
                    __builtin_sub_overflow(r.umax, below(r.umax), &r.umax) ||
                    __builtin_add_overflow(r.smin, static_cast<int64_t>(above(smin)), &r.smin) ||
                    __builtin_sub_overflow(r.smax, static_cast<int64_t>(below(smax)), &r.smax);
  return !none;
}

}  // namespace

bool ScalarRange::normalize() {
  // Three rounds reach the fixpoint in all cases that matter; one more learns nothing wrong, only
  // little. Most are there after the first.
  for (int round = 0; round < 3; ++round) {
    const ScalarRange before = *this;
    // Bits bound the ranges.
    umin = std::max(umin, bits.value);
    umax = std::min(umax, bits.value | bits.mask);
    constexpr uint64_t kSign = uint64_t{1} << 63;
    smin = std::max(smin, static_cast<int64_t>(bits.value | (bits.mask & kSign)));
    smax = std::min(smax, static_cast<int64_t>(bits.value | (bits.mask & ~kSign)));
    const auto low = static_cast<uint32_t>(bits.value), low_mask = static_cast<uint32_t>(bits.mask);
    umin32 = std::max(umin32, low);
    umax32 = std::min(umax32, low | low_mask);
    smin32 = std::max(smin32, static_cast<int32_t>(low | (low_mask & 0x80000000u)));
    smax32 = std::min(smax32, static_cast<int32_t>(low | (low_mask & 0x7fffffffu)));
    if (!align(*this)) return false;
    // A range that does not cross the sign border is the same signed and unsigned.
    auto agree = [](auto& ulo, auto& uhi, auto& slo, auto& shi) {
      using U = std::remove_reference_t<decltype(ulo)>;
      using S = std::remove_reference_t<decltype(slo)>;
      if (static_cast<S>(ulo) <= static_cast<S>(uhi)) {
        slo = std::max(slo, static_cast<S>(ulo));
        shi = std::min(shi, static_cast<S>(uhi));
      }
      if (static_cast<U>(slo) <= static_cast<U>(shi)) {
        ulo = std::max(ulo, static_cast<U>(slo));
        uhi = std::min(uhi, static_cast<U>(shi));
      }
    };
    if (umin > umax || smin > smax || umin32 > umax32 || smin32 > smax32) return false;
    agree(umin, umax, smin, smax);
    // Equal upper halves: the lower halves are in order.
    if (umin >> 32 == umax >> 32) {
      umin32 = std::max(umin32, static_cast<uint32_t>(umin));
      umax32 = std::min(umax32, static_cast<uint32_t>(umax));
    }
    if (smin >> 32 == smax >> 32) {
      umin32 = std::max(umin32, static_cast<uint32_t>(smin));
      umax32 = std::min(umax32, static_cast<uint32_t>(smax));
    }
    if (umin32 > umax32) return false;
    agree(umin32, umax32, smin32, smax32);
    // The lower half bounds the whole within the upper half of each end.
    umin = std::max(umin, (umin & ~uint64_t{UINT32_MAX}) | umin32);
    umax = std::min(umax, (umax & ~uint64_t{UINT32_MAX}) | umax32);
    if (umin > umax) return false;
    // Ranges tell bits.
    const Tnum from_range = tnum_range(umin, umax);
    const Tnum from_low = tnum_range(umin32, umax32);
    auto meet = [&](Tnum t) {
      const uint64_t both = ~bits.mask & ~t.mask;
      if (((bits.value ^ t.value) & both) != 0) return false;
      bits.mask &= t.mask;
      bits.value = (bits.value | t.value) & ~bits.mask;
      return true;
    };
    if (!meet(from_range) || !meet({from_low.value, from_low.mask | ~uint64_t{UINT32_MAX}}))
      return false;
    if (*this == before) break;
  }
  return umin <= umax && smin <= smax && umin32 <= umax32 && smin32 <= smax32;
}

ScalarRange truncate32(const ScalarRange& a) {
  return from32(view32(a));
}

ScalarRange sign_extend(const ScalarRange& a, unsigned width) {
  ScalarRange r;
  if (width == 32) {
    r.smin = a.smin32, r.smax = a.smax32;
    r.umin32 = a.umin32, r.umax32 = a.umax32, r.smin32 = a.smin32, r.smax32 = a.smax32;
    const uint64_t sign = 0x80000000u;
    auto extend = [](uint64_t v) {
      return static_cast<uint64_t>(int64_t{static_cast<int32_t>(v)});
    };
    r.bits = {extend(a.bits.value), extend(a.bits.mask)};
    if ((a.bits.mask & sign) != 0) r.bits.value &= ~r.bits.mask;
  } else {
    const int64_t most = (int64_t{1} << (width - 1)) - 1;
    r.smin = -most - 1, r.smax = most;
    const int64_t low = static_cast<int64_t>(a.umin), high = static_cast<int64_t>(a.umax);
    if (low >= 0 && high >= 0 && high <= most) r = a;
  }
  finish(r);
  return r;
}

ScalarRange arith(Arith operation, const ScalarRange& a, const ScalarRange& b, bool wide) {
  if (wide && b.is_constant() && (operation == Arith::kAdd || operation == Arith::kSub)) {
    if (b.constant_value() == 0) return a;
    if (a.is_constant()) {
      return ScalarRange::constant(operation == Arith::kAdd
                                       ? a.constant_value() + b.constant_value()
                                       : a.constant_value() - b.constant_value());
    }
  }
  const View<uint32_t> low = compute(operation, view32(a), view32(b));
  if (!wide) return from32(low);
  const View<uint64_t> v = compute(operation, view64(a), view64(b));
  ScalarRange r;
  r.bits = v.bits;
  r.umin = v.umin, r.umax = v.umax, r.smin = v.smin, r.smax = v.smax;
  // In these the low half of the result depends on the low halves alone.
  if (operation == Arith::kAdd || operation == Arith::kSub || operation == Arith::kMul ||
      operation == Arith::kAnd || operation == Arith::kOr || operation == Arith::kXor) {
    r.umin32 = low.umin, r.umax32 = low.umax, r.smin32 = low.smin, r.smax32 = low.smax;
  }
  finish(r);
  return r;
}

ScalarRange join(const ScalarRange& a, const ScalarRange& b) {
  ScalarRange r;
  const uint64_t unknown = a.bits.mask | b.bits.mask | (a.bits.value ^ b.bits.value);
  r.bits = {a.bits.value & ~unknown, unknown};
  r.umin = std::min(a.umin, b.umin), r.umax = std::max(a.umax, b.umax);
  r.smin = std::min(a.smin, b.smin), r.smax = std::max(a.smax, b.smax);
  r.umin32 = std::min(a.umin32, b.umin32), r.umax32 = std::max(a.umax32, b.umax32);
  r.smin32 = std::min(a.smin32, b.smin32), r.smax32 = std::max(a.smax32, b.smax32);
  return r;
}

ScalarRange widen(const ScalarRange& old, const ScalarRange& now,
                  std::span<const uint64_t> landmarks) {
  ScalarRange r = join(old, now);
  // Bounds that moved go to a bound that packets and sizes often have, then to the end.
  // 2^34 and 2^37: a pointer into the data that moves by a 32-bit number between two checks stays
  // near.
  constexpr uint64_t kSteps[] = {0xff,       0xffff,     0x7fffffff, UINT32_MAX,
                                 1ull << 34, 1ull << 37, INT64_MAX,  UINT64_MAX};
  auto up = [&](uint64_t v) {
    const auto mark = std::lower_bound(landmarks.begin(), landmarks.end(), v);
    if (mark != landmarks.end()) return *mark;
    for (uint64_t step : kSteps) {
      if (v <= step) return step;
    }
    return UINT64_MAX;
  };
  if (r.umax > old.umax) r.umax = up(r.umax);
  if (r.umin < old.umin) r.umin = 0;
  if (r.smin < old.smin) r.smin = r.smin >= 0 ? 0 : r.smin >= INT32_MIN ? INT32_MIN : INT64_MIN;
  if (r.smax > old.smax)
    r.smax = r.smax < 0 ? -1
                        : static_cast<int64_t>(
                              std::min<uint64_t>(up(static_cast<uint64_t>(r.smax)), INT64_MAX));
  if (r.umax32 > old.umax32)
    r.umax32 = static_cast<uint32_t>(std::min<uint64_t>(up(r.umax32), UINT32_MAX));
  if (r.umin32 < old.umin32) r.umin32 = 0;
  if (r.smin32 < old.smin32) r.smin32 = r.smin32 >= 0 ? 0 : INT32_MIN;
  if (r.smax32 > old.smax32)
    r.smax32 = r.smax32 < 0 ? -1
                            : static_cast<int32_t>(std::min<uint64_t>(
                                  up(static_cast<uint64_t>(r.smax32)), INT32_MAX));
  // Bits that got unknown: everything from the lowest of them up, except zeros above all ranges.
  const uint64_t lost = r.bits.mask & ~old.bits.mask;
  if (lost != 0) {
    const uint64_t low = (lost & (~lost + 1)) - 1;  // below the lowest lost bit
    r.bits.mask |= ~low;
    r.bits.value &= ~r.bits.mask;
  }
  r.normalize();
  return r;
}

bool intersect(ScalarRange& a, const ScalarRange& b) {
  const uint64_t both = ~a.bits.mask & ~b.bits.mask;
  if (((a.bits.value ^ b.bits.value) & both) != 0) return false;
  a.bits.mask &= b.bits.mask;
  a.bits.value = (a.bits.value | b.bits.value) & ~a.bits.mask;
  a.umin = std::max(a.umin, b.umin), a.umax = std::min(a.umax, b.umax);
  a.smin = std::max(a.smin, b.smin), a.smax = std::min(a.smax, b.smax);
  a.umin32 = std::max(a.umin32, b.umin32), a.umax32 = std::min(a.umax32, b.umax32);
  a.smin32 = std::max(a.smin32, b.smin32), a.smax32 = std::min(a.smax32, b.smax32);
  return a.normalize();
}

Compare negate(Compare c) {
  switch (c) {
    case Compare::kEq: return Compare::kNe;
    case Compare::kNe: return Compare::kEq;
    case Compare::kGt: return Compare::kLe;
    case Compare::kGe: return Compare::kLt;
    case Compare::kLt: return Compare::kGe;
    case Compare::kLe: return Compare::kGt;
    case Compare::kSgt: return Compare::kSle;
    case Compare::kSge: return Compare::kSlt;
    case Compare::kSlt: return Compare::kSge;
    case Compare::kSle: return Compare::kSgt;
    case Compare::kSet: return Compare::kSet;
  }
  return c;
}

namespace {

// lo < hi (strict) or lo <= hi on one pair of ranges.
template <class T>
bool order(T& lo_min, T& lo_max, T& hi_min, T& hi_max, bool strict) {
  const T gap = strict ? 1 : 0;
  if (strict &&
      (hi_max == std::numeric_limits<T>::min() || lo_min == std::numeric_limits<T>::max()))
    return false;
  lo_max = std::min<T>(lo_max, static_cast<T>(hi_max - gap));
  hi_min = std::max<T>(hi_min, static_cast<T>(lo_min + gap));
  return lo_min <= lo_max && hi_min <= hi_max;
}

bool refine_order(Compare c, bool wide, ScalarRange& a, ScalarRange& b) {
  const bool swap =
      c == Compare::kGt || c == Compare::kGe || c == Compare::kSgt || c == Compare::kSge;
  const bool strict =
      c == Compare::kGt || c == Compare::kLt || c == Compare::kSgt || c == Compare::kSlt;
  const bool is_signed =
      c == Compare::kSgt || c == Compare::kSge || c == Compare::kSlt || c == Compare::kSle;
  ScalarRange& lo = swap ? b : a;
  ScalarRange& hi = swap ? a : b;
  if (wide) {
    return is_signed ? order(lo.smin, lo.smax, hi.smin, hi.smax, strict)
                     : order(lo.umin, lo.umax, hi.umin, hi.umax, strict);
  }
  return is_signed ? order(lo.smin32, lo.smax32, hi.smin32, hi.smax32, strict)
                   : order(lo.umin32, lo.umax32, hi.umin32, hi.umax32, strict);
}

// a == b in the low halves.
bool equal_low(ScalarRange& a, ScalarRange& b) {
  ScalarRange low = truncate32(a);
  if (!intersect(low, truncate32(b))) return false;
  for (ScalarRange* r : {&a, &b}) {
    r->umin32 = low.umin32, r->umax32 = low.umax32, r->smin32 = low.smin32, r->smax32 = low.smax32;
    r->bits.value = (r->bits.value & ~uint64_t{UINT32_MAX}) | (low.bits.value & UINT32_MAX);
    r->bits.mask = (r->bits.mask & ~uint64_t{UINT32_MAX}) | (low.bits.mask & UINT32_MAX);
  }
  return true;
}

// a != value, where value is at an end of a's range.
bool exclude(ScalarRange& a, uint64_t value, bool wide) {
  if (wide) {
    if (a.umin == a.umax && a.umin == value) return false;
    const auto s = static_cast<int64_t>(value);
    if (a.umin == value) ++a.umin;
    if (a.umax == value) --a.umax;
    if (a.smin == s && a.smin < a.smax) ++a.smin;
    if (a.smax == s && a.smin < a.smax) --a.smax;
    return true;
  }
  const auto u = static_cast<uint32_t>(value);
  const auto s = static_cast<int32_t>(u);
  if (a.umin32 == a.umax32 && a.umin32 == u) return false;
  if (a.umin32 == u) ++a.umin32;
  if (a.umax32 == u) --a.umax32;
  if (a.smin32 == s && a.smin32 < a.smax32) ++a.smin32;
  if (a.smax32 == s && a.smin32 < a.smax32) --a.smax32;
  return true;
}

// (a & mask) != 0 is `taken`; mask a constant.
bool refine_set(bool taken, bool wide, ScalarRange& a, uint64_t mask) {
  if (!wide) mask &= UINT32_MAX;
  if (taken) {
    if (((a.bits.value | a.bits.mask) & mask) == 0) return false;
    if (std::has_single_bit(mask)) {
      a.bits.value |= mask;
      a.bits.mask &= ~mask;
    }
    return true;
  }
  if ((a.bits.value & mask) != 0) return false;
  a.bits.mask &= ~mask;
  return true;
}

}  // namespace

bool refine(Compare compare, bool taken, bool wide, ScalarRange& a, ScalarRange& b) {
  if (compare == Compare::kSet) {
    const bool constant = wide ? b.is_constant() : (b.bits.mask & UINT32_MAX) == 0;
    if (constant && !refine_set(taken, wide, a, b.bits.value)) return false;
    return a.normalize();
  }
  const Compare c = taken ? compare : negate(compare);
  bool possible = true;
  if (c == Compare::kEq) {
    if (wide) {
      possible = intersect(a, b);
      b = a;
    } else {
      possible = equal_low(a, b);
    }
  } else if (c == Compare::kNe) {
    const bool a_const = wide ? a.is_constant() : (a.bits.mask & UINT32_MAX) == 0;
    const bool b_const = wide ? b.is_constant() : (b.bits.mask & UINT32_MAX) == 0;
    if (b_const) possible = exclude(a, b.bits.value, wide);
    if (possible && a_const) possible = exclude(b, a.bits.value, wide);
  } else {
    possible = refine_order(c, wide, a, b);
  }
  return possible && a.normalize() && b.normalize();
}

std::string to_string(const ScalarRange& r) {
  if (r.is_constant()) return fmt::format("{}", static_cast<int64_t>(r.constant_value()));
  std::string out;
  auto part = [&](std::string_view name, auto value, auto none) {
    if (value != none) out += fmt::format("{}{}={}", out.empty() ? "" : ",", name, value);
  };
  part("smin", r.smin, INT64_MIN);
  part("smax", r.smax, INT64_MAX);
  part("umin", r.umin, uint64_t{0});
  part("umax", r.umax, UINT64_MAX);
  if (r.bits.mask != UINT64_MAX) {
    out +=
        fmt::format("{}var_off=({:#x}; {:#x})", out.empty() ? "" : ",", r.bits.value, r.bits.mask);
  }
  return out;
}

}  // namespace weir
