// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each operation computes (RFC 9669 section 4), as functions of values. Everything is unsigned
// and wraps, because signed overflow, over-long shifts and divisions that do not fit are undefined
// in C++ but have a result in eBPF. The template arguments are two columns of opcodes.def;
// execute() instantiates each row once.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "frontend/isa/instruction.h"
#include "frontend/support/thread_sanitizer.h"

namespace weir::interp {

template <unsigned kBits>
using UInt = std::conditional_t<
    kBits == 8, uint8_t,
    std::conditional_t<kBits == 16, uint16_t, std::conditional_t<kBits == 32, uint32_t, uint64_t>>>;
template <unsigned kBits>
using Int = std::make_signed_t<UInt<kBits>>;

template <unsigned kBits>
constexpr uint64_t sign_extend(uint64_t value) {
  return static_cast<uint64_t>(int64_t{static_cast<Int<kBits>>(value)});
}

template <unsigned kBits>
constexpr uint64_t byte_swap(uint64_t value) {
  if constexpr (kBits == 16) return __builtin_bswap16(static_cast<uint16_t>(value));
  if constexpr (kBits == 32) return __builtin_bswap32(static_cast<uint32_t>(value));
  if constexpr (kBits == 64) return __builtin_bswap64(value);
}

// The arithmetic operations in a width of 32 or 64 bits: a = dst, b = src or the immediate.
template <Operation kOp, class U>
constexpr U compute(U a, U b) {
  using S = std::make_signed_t<U>;
  constexpr U kShiftMask = sizeof(U) * 8 - 1;
  constexpr U kMinusOne = static_cast<U>(-1);
  if constexpr (kOp == Operation::kMov) return b;
  if constexpr (kOp == Operation::kAdd) return a + b;
  if constexpr (kOp == Operation::kSub) return a - b;
  if constexpr (kOp == Operation::kMul) return a * b;
  if constexpr (kOp == Operation::kNeg) return U{0} - a;
  if constexpr (kOp == Operation::kOr) return a | b;
  if constexpr (kOp == Operation::kAnd) return a & b;
  if constexpr (kOp == Operation::kXor) return a ^ b;
  if constexpr (kOp == Operation::kLsh) return a << (b & kShiftMask);
  if constexpr (kOp == Operation::kRsh) return a >> (b & kShiftMask);
  if constexpr (kOp == Operation::kArsh) {
    return static_cast<U>(static_cast<S>(a) >> (b & kShiftMask));
  }
  if constexpr (kOp == Operation::kDiv) return b == 0 ? 0 : a / b;
  if constexpr (kOp == Operation::kMod) return b == 0 ? a : a % b;
  // Dividing by -1 is a negation, which also gives the smallest number what SEMANTICS.md wants.
  if constexpr (kOp == Operation::kSdiv) {
    if (b == 0) return 0;
    if (b == kMinusOne) return U{0} - a;
    return static_cast<U>(static_cast<S>(a) / static_cast<S>(b));
  }
  if constexpr (kOp == Operation::kSmod) {
    if (b == 0) return a;
    if (b == kMinusOne) return 0;
    return static_cast<U>(static_cast<S>(a) % static_cast<S>(b));
  }
}

// A whole register for a whole register. 32-bit results are zero-extended.
template <Operation kOp, unsigned kBits>
constexpr uint64_t alu(uint64_t a, uint64_t b) {
  // For these `bits` is the width of the source.
  if constexpr (kOp == Operation::kMovsx64) {
    return sign_extend<kBits>(b);
  } else if constexpr (kOp == Operation::kMovsx32) {
    return static_cast<uint32_t>(sign_extend<kBits>(b));
  } else if constexpr (kOp == Operation::kToLe) {
    return static_cast<UInt<kBits>>(a);  // the host is little-endian (support/bytes.h)
  } else if constexpr (kOp == Operation::kToBe || kOp == Operation::kBswap) {
    return byte_swap<kBits>(a);
  } else {
    return compute<kOp, UInt<kBits>>(static_cast<UInt<kBits>>(a), static_cast<UInt<kBits>>(b));
  }
}

// Whether a conditional jump is taken.
template <Operation kOp, unsigned kBits>
constexpr bool holds(uint64_t left, uint64_t right) {
  const auto a = static_cast<UInt<kBits>>(left), b = static_cast<UInt<kBits>>(right);
  const auto sa = static_cast<Int<kBits>>(a), sb = static_cast<Int<kBits>>(b);
  if constexpr (kOp == Operation::kJeq) return a == b;
  if constexpr (kOp == Operation::kJne) return a != b;
  if constexpr (kOp == Operation::kJgt) return a > b;
  if constexpr (kOp == Operation::kJge) return a >= b;
  if constexpr (kOp == Operation::kJlt) return a < b;
  if constexpr (kOp == Operation::kJle) return a <= b;
  if constexpr (kOp == Operation::kJset) return (a & b) != 0;
  if constexpr (kOp == Operation::kJsgt) return sa > sb;
  if constexpr (kOp == Operation::kJsge) return sa >= sb;
  if constexpr (kOp == Operation::kJslt) return sa < sb;
  if constexpr (kOp == Operation::kJsle) return sa <= sb;
}

// Under policy trusted a misaligned address gets to an atomic access; x86 carries that out, so the
// sanitizer has nothing to say.
#if defined(__clang__)
#define WEIR_ANY_ALIGNMENT __attribute__((no_sanitize("alignment")))
#else
#define WEIR_ANY_ALIGNMENT __attribute__((no_sanitize_undefined))
#endif

// Plain accesses, of any alignment. The address has been checked, or is proven. A program that runs
// on several threads may race with itself (++*count); that is its business. To the thread sanitizer
// the two are relaxed atomics: it still sees memory that is given back too early.
template <Operation kOp, unsigned kBits>
WEIR_ANY_ALIGNMENT inline uint64_t load(uint64_t address) {
  UInt<kBits> value;
#ifdef WEIR_THREAD_SANITIZED
  value = __atomic_load_n(reinterpret_cast<const UInt<kBits>*>(address), __ATOMIC_RELAXED);
#else
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof(value));
#endif
  if constexpr (kOp == Operation::kLoadSign) return sign_extend<kBits>(value);
  return value;
}

template <unsigned kBits>
WEIR_ANY_ALIGNMENT inline void store(uint64_t address, uint64_t value) {
  const auto narrow = static_cast<UInt<kBits>>(value);
#ifdef WEIR_THREAD_SANITIZED
  __atomic_store_n(reinterpret_cast<UInt<kBits>*>(address), narrow, __ATOMIC_RELAXED);
#else
  std::memcpy(reinterpret_cast<void*>(address), &narrow, sizeof(narrow));
#endif
}

// Atomic accesses. Orders are the kernel's: an atomic that gives the old value back is fully
// ordered, one that does not is relaxed.
template <unsigned kBits>
WEIR_ANY_ALIGNMENT inline uint64_t load_acquire(uint64_t address) {
  return __atomic_load_n(reinterpret_cast<const UInt<kBits>*>(address), __ATOMIC_ACQUIRE);
}

template <unsigned kBits>
WEIR_ANY_ALIGNMENT inline void store_release(uint64_t address, uint64_t value) {
  __atomic_store_n(reinterpret_cast<UInt<kBits>*>(address), static_cast<UInt<kBits>>(value),
                   __ATOMIC_RELEASE);
}

// Gives the old value, zero-extended. `expected` is r0, which only cmpxchg looks at.
template <Operation kOp, unsigned kBits>
WEIR_ANY_ALIGNMENT inline uint64_t atomic(uint64_t address, uint64_t operand, uint64_t expected) {
  auto* p = reinterpret_cast<UInt<kBits>*>(address);
  const auto v = static_cast<UInt<kBits>>(operand);
  if constexpr (kOp == Operation::kAtomicAdd) return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
  if constexpr (kOp == Operation::kAtomicOr) return __atomic_fetch_or(p, v, __ATOMIC_RELAXED);
  if constexpr (kOp == Operation::kAtomicAnd) return __atomic_fetch_and(p, v, __ATOMIC_RELAXED);
  if constexpr (kOp == Operation::kAtomicXor) return __atomic_fetch_xor(p, v, __ATOMIC_RELAXED);
  if constexpr (kOp == Operation::kAtomicFetchAdd)
    return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);
  if constexpr (kOp == Operation::kAtomicFetchOr) return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);
  if constexpr (kOp == Operation::kAtomicFetchAnd)
    return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);
  if constexpr (kOp == Operation::kAtomicFetchXor)
    return __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST);
  if constexpr (kOp == Operation::kAtomicXchg) return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
  if constexpr (kOp == Operation::kAtomicCmpxchg) {
    auto old = static_cast<UInt<kBits>>(expected);
    __atomic_compare_exchange_n(p, &old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return old;
  }
}

#undef WEIR_ANY_ALIGNMENT

}  // namespace weir::interp
