// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One decoded eBPF instruction, and what the opcode table says of its kind. RFC 9669.
#pragma once

#include <cstdint>
#include <span>

namespace weir {

// Every instruction there is, one enumerator a row of opcodes.def.
enum class Op : uint16_t {
#define WEIR_OP(name, opcode, selector, value, format, operation, bits) k##name,
#include "frontend/isa/opcodes.def"
#undef WEIR_OP
  kCount,
};

// Which operands an instruction has. All fields that are not operands (or the selector) are zero.
enum class Format : uint8_t {
  kAluImm,       // dst, imm
  kAluReg,       // dst, src
  kAluUnary,     // dst
  kLoad,         // dst = [src + offset]
  kStoreImm,     // [dst + offset] = imm
  kStoreReg,     // [dst + offset] = src
  kAtomic,       // [dst + offset] op= src
  kLoadAcquire,  // dst = [src + offset]
  kStoreRelease, // [dst + offset] = src
  kJump,         // offset
  kJumpLong,     // imm is the distance
  kJumpImm,      // dst, imm, offset
  kJumpReg,      // dst, src, offset
  kCall,         // imm: helper number
  kCallTarget,   // imm: distance to the callee
  kCallKfunc,    // imm: BTF id, offset: index of the module's BTF
  kCallReg,      // dst
  kExit,         //
  kLoadImm64,    // dst, 64-bit immediate in two slots
  kPacketAbs,    // imm
  kPacketInd,    // src, imm
};

enum class Operation : uint8_t {
  kAdd, kSub, kMul, kDiv, kSdiv, kOr, kAnd, kLsh, kRsh, kMod, kSmod, kXor, kArsh, kMov, kNeg,
  kMovsx64, kMovsx32, kToLe, kToBe, kBswap,
  kLoadZero, kLoadSign, kStore,
  kAtomicAdd, kAtomicFetchAdd, kAtomicOr, kAtomicFetchOr, kAtomicAnd, kAtomicFetchAnd, kAtomicXor,
  kAtomicFetchXor, kAtomicXchg, kAtomicCmpxchg, kLoadAcquire, kStoreRelease,
  kJa, kJeq, kJgt, kJge, kJset, kJne, kJsgt, kJsge, kJlt, kJle, kJslt, kJsle, kMayGoto,
  kCallHelper, kCallLocal, kCallKfunc, kCallReg, kExit,
  kLoadImm64, kLoadMap, kLoadMapValue, kLoadVarAddr, kLoadFunc, kLoadMapIdx, kLoadMapIdxValue,
  kPacketLoad,
};

enum class Selector : uint8_t { kNone, kOffset, kImm, kSrc };

struct OpInfo {
  const char* name;  // "Add64Imm"
  uint8_t opcode;
  Selector selector;
  int32_t value;  // of the selector field
  Format format;
  Operation operation;
  uint8_t bits;
  uint8_t slots() const { return format == Format::kLoadImm64 ? 2 : 1; }
};

inline constexpr size_t kOpCount = static_cast<size_t>(Op::kCount);
extern const OpInfo kOpTable[kOpCount];

inline const OpInfo& info(Op op) { return kOpTable[static_cast<size_t>(op)]; }

inline constexpr int kRegisters = 11;     // r0..r10
inline constexpr uint8_t kFrameReg = 10;  // r10: read-only frame pointer

// One slot as it is in a file (struct bpf_insn).
struct RawInsn {
  uint8_t opcode;
  uint8_t regs;  // dst in the low four bits, src in the high four
  int16_t offset;
  int32_t imm;
  uint8_t dst() const { return regs & 15; }
  uint8_t src() const { return regs >> 4; }
  friend bool operator==(const RawInsn&, const RawInsn&) = default;
};
static_assert(sizeof(RawInsn) == 8);

struct Instruction {
  Op op = Op::kExit;
  uint8_t dst = 0;
  uint8_t src = 0;
  int16_t offset = 0;
  // Index of this instruction's (first) slot from the start of the program: what people see in
  // disassembly and messages.
  uint32_t slot = 0;
  // Resolved operand, an index and never an address: for jumps the instruction index of the target;
  // for local calls and function references the subprogram; for maps the map; for kfuncs the kfunc.
  // Before a Program is linked: undefined except for jumps.
  uint32_t target = 0;
  // Sign-extended 32-bit immediate, or all 64 bits of a wide one. Call of a helper: its number.
  // Map value: the offset in the value.
  int64_t imm = 0;

  const OpInfo& info() const { return weir::info(op); }
  friend bool operator==(const Instruction&, const Instruction&) = default;
};
static_assert(sizeof(Instruction) == 24);

inline bool is_jump(const Instruction& i) {
  Format f = i.info().format;
  return f == Format::kJump || f == Format::kJumpLong || f == Format::kJumpImm || f == Format::kJumpReg;
}
inline bool is_conditional(const Instruction& i) {
  return is_jump(i) && i.info().operation != Operation::kJa;
}
// True if the next instruction is reached in no way from this one.
inline bool ends_block(const Instruction& i) {
  return i.info().operation == Operation::kJa || i.info().operation == Operation::kExit;
}
// Loads, stores and atomics through a register.
inline bool is_access(const Instruction& i) {
  switch (i.info().format) {
    case Format::kLoad:
    case Format::kStoreImm:
    case Format::kStoreReg:
    case Format::kAtomic:
    case Format::kLoadAcquire:
    case Format::kStoreRelease: return true;
    default: return false;
  }
}
// True for atomics that put the old value into src (or r0 for cmpxchg).
inline bool is_fetch(Operation op) {
  return op == Operation::kAtomicFetchAdd || op == Operation::kAtomicFetchOr ||
         op == Operation::kAtomicFetchAnd || op == Operation::kAtomicFetchXor ||
         op == Operation::kAtomicXchg || op == Operation::kAtomicCmpxchg;
}

}  // namespace weir
