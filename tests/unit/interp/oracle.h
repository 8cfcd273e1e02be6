// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What arithmetic and comparisons should give, worked out another way than in the interpreter: in
// 128-bit integers, from RFC 9669's words.
#pragma once

#include <cstdint>

#include "frontend/isa/instruction.h"

namespace weir::testing {

__extension__ using Wide = __int128;

// The low `bits` of a value as an unsigned or signed number.
inline Wide as_unsigned(uint64_t value, unsigned bits) {
  return static_cast<Wide>(value) & ((Wide{1} << bits) - 1);
}
inline Wide as_signed(uint64_t value, unsigned bits) {
  const Wide v = as_unsigned(value, bits);
  return v >= (Wide{1} << (bits - 1)) ? v - (Wide{1} << bits) : v;
}

inline uint64_t oracle_alu(const OpInfo& op, uint64_t dst, uint64_t operand) {
  const bool narrow =
      op.bits == 32 || (op.operation == Operation::kMovsx32) || op.operation == Operation::kMovsx64;
  const unsigned width = op.operation == Operation::kMovsx64   ? 64
                         : op.operation == Operation::kMovsx32 ? 32
                         : narrow                              ? 32
                                                               : 64;
  const Wide a = as_unsigned(dst, width), b = as_unsigned(operand, width);
  const Wide sa = as_signed(dst, width), sb = as_signed(operand, width);
  const unsigned count = static_cast<unsigned>(b % width);
  auto fit = [&](Wide value) { return static_cast<uint64_t>(value & ((Wide{1} << width) - 1)); };
  auto swapped = [&](unsigned bits) {
    uint64_t out = 0;
    for (unsigned i = 0; i < bits; i += 8) out = out << 8 | (dst >> i & 0xff);
    return out;
  };
  switch (op.operation) {
    case Operation::kAdd: return fit(a + b);
    case Operation::kSub: return fit(a - b);
    // Modulo 2^64 the low half of the product is all that matters.
    case Operation::kMul: return fit((a & 0xffffffff) * b + (((a >> 32) * b & 0xffffffff) << 32));
    case Operation::kDiv: return fit(b == 0 ? 0 : a / b);
    case Operation::kMod: return fit(b == 0 ? a : a % b);
    case Operation::kSdiv: return fit(sb == 0 ? 0 : sa / sb);
    case Operation::kSmod: return fit(sb == 0 ? sa : sa % sb);
    case Operation::kOr: return fit(a | b);
    case Operation::kAnd: return fit(a & b);
    case Operation::kXor: return fit((a | b) - (a & b));
    case Operation::kLsh: {
      uint64_t out = static_cast<uint64_t>(a);
      for (unsigned i = 0; i < count; ++i) out += out;
      return fit(static_cast<Wide>(out));
    }
    case Operation::kRsh: return fit(a / (Wide{1} << count));
    case Operation::kArsh: {
      const Wide divisor = Wide{1} << count;
      return fit(sa >= 0 ? sa / divisor : -((-sa + divisor - 1) / divisor));  // floor
    }
    case Operation::kMov: return fit(b);
    case Operation::kNeg: return fit(-sa);
    case Operation::kMovsx64:
    case Operation::kMovsx32: return fit(as_signed(operand, op.bits));
    case Operation::kToLe: return static_cast<uint64_t>(as_unsigned(dst, op.bits));
    case Operation::kToBe:
    case Operation::kBswap: return swapped(op.bits);
    default: return 0;
  }
}

inline bool oracle_jump(const OpInfo& op, uint64_t dst, uint64_t operand) {
  const Wide a = as_unsigned(dst, op.bits), b = as_unsigned(operand, op.bits);
  const Wide sa = as_signed(dst, op.bits), sb = as_signed(operand, op.bits);
  switch (op.operation) {
    case Operation::kJa: return true;
    case Operation::kJeq: return a - b == 0;
    case Operation::kJne: return a - b != 0;
    case Operation::kJgt: return a - b > 0;
    case Operation::kJge: return a - b >= 0;
    case Operation::kJlt: return a - b < 0;
    case Operation::kJle: return a - b <= 0;
    case Operation::kJset: return (a | b) != (a ^ b);
    case Operation::kJsgt: return sa - sb > 0;
    case Operation::kJsge: return sa - sb >= 0;
    case Operation::kJslt: return sa - sb < 0;
    case Operation::kJsle: return sa - sb <= 0;
    default: return false;
  }
}

// New memory content of an atomic; the old one is what it fetches.
inline uint64_t oracle_atomic(const OpInfo& op, uint64_t old, uint64_t operand, uint64_t r0) {
  const uint64_t mask = op.bits == 64 ? UINT64_MAX : UINT32_MAX;
  switch (op.operation) {
    case Operation::kAtomicAdd:
    case Operation::kAtomicFetchAdd: return (old + operand) & mask;
    case Operation::kAtomicOr:
    case Operation::kAtomicFetchOr: return (old | operand) & mask;
    case Operation::kAtomicAnd:
    case Operation::kAtomicFetchAnd: return (old & operand) & mask;
    case Operation::kAtomicXor:
    case Operation::kAtomicFetchXor: return (old ^ operand) & mask;
    case Operation::kAtomicXchg: return operand & mask;
    case Operation::kAtomicCmpxchg: return old == (r0 & mask) ? operand & mask : old;
    default: return 0;
  }
}

}  // namespace weir::testing
