// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoding is a search in the opcode table: the first byte picks a run of rows, the selector field
// picks one of them, and the row's format says which of the other fields must be zero.
#include "frontend/isa/decode.h"

#include <array>

#include <fmt/format.h>

namespace weir {

const OpInfo kOpTable[kOpCount] = {
#define WEIR_OP(name, opcode, selector, value, format, operation, bits) \
  {#name, opcode, Selector::selector, value, Format::format, Operation::operation, bits},
#include "frontend/isa/opcodes.def"
#undef WEIR_OP
};

namespace {

// Rows by opcode byte: a singly linked list through `next`.
struct OpIndex {
  std::array<int16_t, 256> first;
  std::array<int16_t, kOpCount> next;
  OpIndex() {
    first.fill(-1);
    next.fill(-1);
    for (int i = static_cast<int>(kOpCount) - 1; i >= 0; --i) {
      next[i] = first[kOpTable[i].opcode];
      first[kOpTable[i].opcode] = static_cast<int16_t>(i);
    }
  }
};

const OpIndex& op_index() {
  static const OpIndex index;
  return index;
}

int32_t selector_field(const RawInsn& raw, Selector selector) {
  switch (selector) {
    case Selector::kNone: return 0;
    case Selector::kOffset: return raw.offset;
    case Selector::kImm: return raw.imm;
    case Selector::kSrc: return raw.src();
  }
  return 0;
}

// The fields a format uses; the rest must be zero.
struct Fields {
  bool dst, src, offset, imm;
};

Fields fields_of(Format format) {
  switch (format) {
    case Format::kAluImm: return {true, false, false, true};
    case Format::kAluReg: return {true, true, false, false};
    case Format::kAluUnary: return {true, false, false, false};
    case Format::kLoad:
    case Format::kLoadAcquire:
    case Format::kStoreReg:
    case Format::kStoreRelease:
    case Format::kAtomic: return {true, true, true, false};
    case Format::kStoreImm: return {true, false, true, true};
    case Format::kJump: return {false, false, true, false};
    case Format::kJumpLong: return {false, false, false, true};
    case Format::kJumpImm: return {true, false, true, true};
    case Format::kJumpReg: return {true, true, true, false};
    case Format::kCall:
    case Format::kCallTarget: return {false, false, false, true};
    case Format::kCallKfunc: return {false, false, true, true};
    case Format::kCallReg: return {true, false, false, false};
    case Format::kExit: return {false, false, false, false};
    case Format::kLoadImm64: return {true, false, false, true};
    case Format::kPacketAbs: return {false, false, false, true};
    case Format::kPacketInd: return {false, true, false, true};
  }
  return {};
}

bool writes_dst(Format format) {
  switch (format) {
    case Format::kAluImm:
    case Format::kAluReg:
    case Format::kAluUnary:
    case Format::kLoad:
    case Format::kLoadAcquire:
    case Format::kLoadImm64: return true;
    default: return false;
  }
}

// Half of a wide immediate in the second slot is an operand: a value's offset, a module's BTF, or
// the upper half of a number. The others must leave it zero (RFC 9669 section 3.1; the kernel's
// "unrecognized bpf_ld_imm64 insn").
bool uses_second_imm(Operation operation) {
  return operation == Operation::kLoadImm64 || operation == Operation::kLoadMapValue ||
         operation == Operation::kLoadMapIdxValue || operation == Operation::kLoadVarAddr;
}

Error reserved(const OpInfo& op, uint32_t slot, const char* field, int64_t value) {
  return Error(ErrorCode::kInsnReservedField,
               fmt::format("{} field of {} (opcode {:#04x}) is {}, but must be 0", field, op.name,
                           op.opcode, value))
      .at_instruction(slot);
}

}  // namespace

std::optional<Op> find_op(const RawInsn& raw) {
  const OpIndex& index = op_index();
  for (int i = index.first[raw.opcode]; i >= 0; i = index.next[i]) {
    const OpInfo& op = kOpTable[i];
    if (selector_field(raw, op.selector) == op.value) return static_cast<Op>(i);
  }
  return std::nullopt;
}

Result<Instruction> decode_one(std::span<const RawInsn> rest, uint32_t slot) {
  const RawInsn& raw = rest.front();
  std::optional<Op> found = find_op(raw);
  if (!found) {
    // Tell an unknown opcode from a known one whose variant field is out of range.
    int first = op_index().first[raw.opcode];
    if (first < 0) {
      return Error(ErrorCode::kInsnUnknownOpcode, fmt::format("unknown opcode {:#04x}", raw.opcode))
          .at_instruction(slot);
    }
    const OpInfo& near = kOpTable[first];
    const char* field = near.selector == Selector::kOffset ? "offset"
                        : near.selector == Selector::kSrc  ? "src"
                                                           : "immediate";
    return Error(ErrorCode::kInsnReservedField,
                 fmt::format("opcode {:#04x} ({} and kin) with {} {} is no instruction", raw.opcode,
                             near.name, field, selector_field(raw, near.selector)))
        .at_instruction(slot);
  }

  const OpInfo& op = info(*found);
  const Fields used = fields_of(op.format);
  if (!used.dst && raw.dst() != 0) return reserved(op, slot, "dst", raw.dst());
  if (!used.src && op.selector != Selector::kSrc && raw.src() != 0) {
    return reserved(op, slot, "src", raw.src());
  }
  if (!used.offset && op.selector != Selector::kOffset && raw.offset != 0) {
    return reserved(op, slot, "offset", raw.offset);
  }
  if (!used.imm && op.selector != Selector::kImm && raw.imm != 0) {
    return reserved(op, slot, "immediate", raw.imm);
  }
  if ((used.dst && raw.dst() > kFrameReg) || (used.src && raw.src() > kFrameReg)) {
    return Error(ErrorCode::kInsnBadRegister,
                 fmt::format("{} names register r{}, but registers are r0 to r10", op.name,
                             raw.dst() > kFrameReg ? raw.dst() : raw.src()))
        .at_instruction(slot);
  }
  bool writes_src = is_fetch(op.operation) && op.operation != Operation::kAtomicCmpxchg;
  if ((writes_dst(op.format) && raw.dst() == kFrameReg) || (writes_src && raw.src() == kFrameReg)) {
    return Error(ErrorCode::kInsnBadRegister,
                 fmt::format("{} writes r10, the read-only frame pointer", op.name))
        .at_instruction(slot);
  }

  Instruction out;
  out.op = *found;
  out.dst = raw.dst();
  out.src = used.src ? raw.src() : 0;
  out.offset = used.offset ? raw.offset : 0;
  out.imm = used.imm ? raw.imm : 0;
  out.slot = slot;
  if (op.format == Format::kLoadImm64) {
    if (rest.size() < 2) {
      return Error(ErrorCode::kInsnTruncated,
                   "a 64-bit immediate needs two slots, but the code ends after the first")
          .at_instruction(slot);
    }
    const RawInsn& high = rest[1];
    if (high.opcode != 0 || high.regs != 0 || high.offset != 0) {
      return Error(ErrorCode::kInsnReservedField,
                   "the second slot of a 64-bit immediate has a field other than the immediate set")
          .at_instruction(slot + 1);
    }
    if (high.imm != 0 && !uses_second_imm(op.operation)) {
      return Error(
                 ErrorCode::kInsnReservedField,
                 fmt::format("second immediate of {} (opcode {:#04x}, src {}) is {}, but must be 0",
                             op.name, op.opcode, op.value, high.imm))
          .at_instruction(slot + 1);
    }
    out.imm = static_cast<int64_t>(static_cast<uint64_t>(static_cast<uint32_t>(high.imm)) << 32 |
                                   static_cast<uint32_t>(raw.imm));
  }
  return out;
}

Result<std::vector<Instruction>> decode(ByteSpan code) {
  if (code.size() % sizeof(RawInsn) != 0) {
    return Error(ErrorCode::kInsnTruncated,
                 fmt::format("code is {} bytes long, which is no multiple of 8", code.size()));
  }
  const size_t slots = code.size() / sizeof(RawInsn);
  if (slots == 0) return Error(ErrorCode::kInsnTruncated, "the program has no instructions");
  if (slots > kMaxInstructions) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the program has {} instruction slots, at most {} are allowed", slots,
                             kMaxInstructions));
  }
  std::vector<RawInsn> raw(slots);
  std::memcpy(raw.data(), code.data(), code.size());

  constexpr uint32_t kInside = UINT32_MAX;  // second slot of a wide instruction
  std::vector<uint32_t> index_of(slots, kInside);
  std::vector<Instruction> out;
  out.reserve(slots);
  for (uint32_t slot = 0; slot < slots;) {
    WEIR_TRY(Instruction insn, decode_one(std::span(raw).subspan(slot), slot));
    index_of[slot] = static_cast<uint32_t>(out.size());
    slot += insn.info().slots();
    out.push_back(insn);
  }

  for (Instruction& insn : out) {
    const bool call = insn.op == Op::kCallLocal;
    if (!is_jump(insn) && !call) continue;
    const bool by_imm = call || insn.info().format == Format::kJumpLong;
    const int64_t distance = by_imm ? insn.imm : insn.offset;
    const int64_t to = static_cast<int64_t>(insn.slot) + 1 + distance;
    if (to < 0 || to >= static_cast<int64_t>(slots)) {
      return Error(ErrorCode::kInsnBadTarget,
                   fmt::format("{} goes to slot {}, outside the program of {} slots",
                               call ? "call" : "jump", to, slots))
          .at_instruction(insn.slot);
    }
    if (index_of[to] == kInside) {
      return Error(ErrorCode::kInsnBadTarget,
                   fmt::format("{} goes to slot {}, the middle of a 64-bit immediate",
                               call ? "call" : "jump", to))
          .at_instruction(insn.slot);
    }
    insn.target = index_of[to];
  }
  return out;
}

int encode_one(const Instruction& insn, RawInsn out[2]) {
  const OpInfo& op = insn.info();
  uint8_t src = op.selector == Selector::kSrc ? static_cast<uint8_t>(op.value) : insn.src;
  out[0].opcode = op.opcode;
  out[0].regs = static_cast<uint8_t>((insn.dst & 15) | src << 4);
  out[0].offset = op.selector == Selector::kOffset ? static_cast<int16_t>(op.value) : insn.offset;
  out[0].imm = op.selector == Selector::kImm ? op.value : static_cast<int32_t>(insn.imm);
  if (op.slots() == 1) return 1;
  out[1] = RawInsn{0, 0, 0, static_cast<int32_t>(static_cast<uint64_t>(insn.imm) >> 32)};
  return 2;
}

std::vector<uint8_t> encode(std::span<const Instruction> instructions) {
  std::vector<uint8_t> out;
  out.reserve(instructions.size() * sizeof(RawInsn));
  for (const Instruction& insn : instructions) {
    RawInsn raw[2];
    int n = encode_one(insn, raw);
    const auto* bytes = reinterpret_cast<const uint8_t*>(raw);
    out.insert(out.end(), bytes, bytes + n * sizeof(RawInsn));
  }
  return out;
}

}  // namespace weir
