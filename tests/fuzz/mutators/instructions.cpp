// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/mutators/instructions.h"

#include <algorithm>
#include <cstring>

namespace weir::fuzz {

namespace {

constexpr size_t kSlot = sizeof(RawInsn);

// Opens `n` slots at slot `at`; false if there is no room.
bool open(uint8_t* code, size_t& size, size_t most, size_t at, size_t n) {
  if (size + n * kSlot > most) return false;
  std::memmove(code + (at + n) * kSlot, code + at * kSlot, size - at * kSlot);
  size += n * kSlot;
  return true;
}

}  // namespace

RawInsn random_slot(const OpInfo& op, Random& random) {
  RawInsn raw{};
  raw.opcode = op.opcode;
  raw.regs = static_cast<uint8_t>(random.below(10) | random.below(11) << 4);
  raw.offset = static_cast<int16_t>(random.one_in(2) ? 0 : random.below(24));
  raw.imm = static_cast<int32_t>(random.odd_number());
  // Operands that the format lacks must be zero.
  switch (op.format) {
    case Format::kAluImm:
      raw.regs &= 15;
      raw.offset = 0;
      break;
    case Format::kAluReg:
      raw.offset = 0;
      raw.imm = 0;
      break;
    case Format::kAluUnary:
      raw.regs &= 15;
      raw.offset = 0;
      raw.imm = 0;
      break;
    case Format::kLoad: raw.imm = 0; break;
    case Format::kStoreImm: raw.regs &= 15; break;
    case Format::kStoreReg: raw.imm = 0; break;
    case Format::kJump:
      raw.regs = 0;
      raw.imm = 0;
      break;
    case Format::kJumpLong:
      raw.regs = 0;
      raw.offset = 0;
      raw.imm &= 15;
      break;
    case Format::kJumpImm: raw.regs &= 15; break;
    case Format::kJumpReg: raw.imm = 0; break;
    case Format::kCall:
      raw.regs = 0;
      raw.offset = 0;
      raw.imm = static_cast<int32_t>(random.below(215));
      break;
    case Format::kCallTarget:
      raw.regs = 0;
      raw.offset = 0;
      raw.imm = static_cast<int32_t>(random.below(20));
      break;
    case Format::kCallReg:
      raw.regs &= 15;
      raw.offset = 0;
      raw.imm = 0;
      break;
    case Format::kExit: raw = RawInsn{.opcode = op.opcode}; break;
    case Format::kLoadImm64:
      raw.regs &= 15;
      raw.offset = 0;
      break;
    case Format::kPacketAbs:
      raw.regs = 0;
      raw.offset = 0;
      raw.imm &= 63;
      break;
    case Format::kPacketInd:
      raw.regs &= 0xf0;
      raw.offset = 0;
      raw.imm &= 63;
      break;
    default: break;
  }
  switch (op.selector) {
    case Selector::kNone: break;
    case Selector::kOffset: raw.offset = static_cast<int16_t>(op.value); break;
    case Selector::kImm: raw.imm = op.value; break;
    case Selector::kSrc:
      raw.regs = static_cast<uint8_t>((raw.regs & 15) | op.value << 4);
      if (op.format == Format::kLoadImm64) raw.imm &= 7;  // an index
      break;
  }
  return raw;
}

size_t mutate_code(uint8_t* code, size_t size, size_t most, Random& random) {
  size -= size % kSlot;
  if (size == 0) {
    if (most < kSlot) return 0;
    const RawInsn exit{.opcode = info(Op::kExit).opcode};
    std::memcpy(code, &exit, kSlot);
    return kSlot;
  }
  const size_t slots = size / kSlot, at = random.below(slots);
  RawInsn raw;
  std::memcpy(&raw, code + at * kSlot, kSlot);
  switch (random.below(12)) {
    case 0:
    case 1: {  // another one
      const OpInfo& op = kOpTable[random.below(kOpCount)];
      raw = random_slot(op, random);
      if (op.slots() == 2 && at + 1 < slots) std::memset(code + (at + 1) * kSlot, 0, kSlot);
      break;
    }
    case 2: raw.regs = static_cast<uint8_t>((raw.regs & 0xf0) | random.below(10)); break;
    case 3: raw.regs = static_cast<uint8_t>((raw.regs & 15) | random.below(11) << 4); break;
    case 4: raw.offset = static_cast<int16_t>(random.odd_number()); break;
    case 5: raw.imm = static_cast<int32_t>(random.odd_number()); break;
    case 6:
      raw.imm = static_cast<int32_t>(int64_t{raw.imm} + static_cast<int64_t>(random.below(17)) - 8);
      break;
    case 7:
      raw.offset = static_cast<int16_t>(raw.offset + static_cast<int>(random.below(17)) - 8);
      break;
    case 8: {  // one more
      const OpInfo& op = kOpTable[random.below(kOpCount)];
      if (!open(code, size, most, at, op.slots())) return size;
      raw = random_slot(op, random);
      if (op.slots() == 2) std::memset(code + (at + 1) * kSlot, 0, kSlot);
      break;
    }
    case 9: {  // some less
      const size_t n = std::min<size_t>(1 + random.below(3), slots - at);
      std::memmove(code + at * kSlot, code + (at + n) * kSlot, size - (at + n) * kSlot);
      return size - n * kSlot;
    }
    case 10: {  // some twice
      const size_t from = random.below(slots),
                   n = std::min<size_t>(1 + random.below(6), slots - from);
      uint8_t copy[6 * kSlot];
      std::memcpy(copy, code + from * kSlot, n * kSlot);
      if (open(code, size, most, at, n)) std::memcpy(code + at * kSlot, copy, n * kSlot);
      return size;
    }
    default: {  // two change places
      const size_t other = random.below(slots);
      RawInsn second;
      std::memcpy(&second, code + other * kSlot, kSlot);
      std::memcpy(code + other * kSlot, &raw, kSlot);
      raw = second;
      break;
    }
  }
  std::memcpy(code + at * kSlot, &raw, kSlot);
  return size;
}

}  // namespace weir::fuzz
