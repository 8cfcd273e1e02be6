// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel's and LLVM's pseudo-C, written.
#include <fmt/format.h>

#include "frontend/isa/text_tables.h"
#include "frontend/isa/text_writer.h"

namespace weir {

namespace {

std::string_view symbol_of(Operation operation) {
  const OperationText* text = find_operation(operation);
  return text ? text->symbol : std::string_view("?");
}

// ` + 4`, ` - 4`
std::string spaced_offset(int64_t offset, bool hex) {
  return fmt::format("{} {}", offset < 0 ? " -" : " +",
                     write_number(offset < 0 ? -offset : offset, hex));
}

std::string write_atomic(const Instruction& insn, char width, const std::string& address) {
  const Operation operation = insn.info().operation;
  const int bits = insn.info().bits;
  const std::string_view symbol = symbol_of(operation);
  if (!is_fetch(operation)) {
    return fmt::format("lock *(u{} *)({}) {} {}{}", bits, address, symbol, width, insn.src);
  }
  // LLVM's names: xchg_64 and xchg32_32.
  const std::string_view suffix = bits == 64 ? "_64" : "32_32";
  if (operation == Operation::kAtomicCmpxchg) {
    return fmt::format("{0}0 = {1}{2}({3}, {0}0, {0}{4})", width, symbol, suffix, address,
                       insn.src);
  }
  if (operation == Operation::kAtomicXchg) {
    return fmt::format("{0}{1} = {2}{3}({4}, {0}{1})", width, insn.src, symbol, suffix, address);
  }
  return fmt::format("{0}{1} = atomic_{2}((u{3} *)({4}), {0}{1})", width, insn.src, symbol, bits,
                     address);
}

}  // namespace

std::string write_kernel(const Instruction& insn, const TextStyle& style) {
  const OpInfo& op = insn.info();
  // The name of a 32-bit operation's registers; for movsx, whose bits are the source's, see there.
  const char width = op.bits == 64 ? 'r' : 'w';
  auto address = [&](uint8_t base) {
    return fmt::format("r{}{}", base, spaced_offset(insn.offset, style.hex));
  };
  auto target = [&] {
    return style.target.empty() ? write_signed(target_distance(insn), style.hex)
                                : std::string(style.target);
  };
  auto imm = [&] { return write_number(insn.imm, style.hex); };

  switch (op.format) {
    case Format::kAluImm:
      return fmt::format("{}{} {} {}", width, insn.dst, symbol_of(op.operation), imm());
    case Format::kAluReg:
      if (op.operation == Operation::kMovsx64 || op.operation == Operation::kMovsx32) {
        const char reg = op.operation == Operation::kMovsx64 ? 'r' : 'w';
        return fmt::format("{0}{1} = (s{2}){0}{3}", reg, insn.dst, op.bits, insn.src);
      }
      return fmt::format("{0}{1} {2} {0}{3}", width, insn.dst, symbol_of(op.operation), insn.src);
    case Format::kAluUnary:
      if (op.operation == Operation::kNeg) return fmt::format("{0}{1} = -{0}{1}", width, insn.dst);
      return fmt::format("r{0} = {1}{2} r{0}", insn.dst, symbol_of(op.operation), op.bits);
    case Format::kLoad:
      return fmt::format("r{} = *({}{} *)({})", insn.dst,
                         op.operation == Operation::kLoadSign ? 's' : 'u', op.bits,
                         address(insn.src));
    case Format::kStoreImm:
      return fmt::format("*(u{} *)({}) = {}", op.bits, address(insn.dst), imm());
    case Format::kStoreReg:
      return fmt::format("*(u{} *)({}) = r{}", op.bits, address(insn.dst), insn.src);
    case Format::kAtomic: return write_atomic(insn, width, address(insn.dst));
    case Format::kLoadAcquire:
      return fmt::format("{}{} = load_acquire((u{} *)({}))", width, insn.dst, op.bits,
                         address(insn.src));
    case Format::kStoreRelease:
      return fmt::format("store_release((u{} *)({}), {}{})", op.bits, address(insn.dst), width,
                         insn.src);
    case Format::kJump:
      return fmt::format("{} {}", op.operation == Operation::kMayGoto ? "may_goto" : "goto",
                         target());
    case Format::kJumpLong: return fmt::format("gotol {}", target());
    case Format::kJumpImm:
      return fmt::format("if {}{} {} {} goto {}", width, insn.dst, symbol_of(op.operation), imm(),
                         target());
    case Format::kJumpReg:
      return fmt::format("if {0}{1} {2} {0}{3} goto {4}", width, insn.dst, symbol_of(op.operation),
                         insn.src, target());
    case Format::kCall:
      return fmt::format("call {}", write_number(static_cast<uint32_t>(insn.imm), style.hex));
    case Format::kCallTarget:
      return fmt::format("call {}{}", style.target.empty() ? "pc" : "", target());
    case Format::kCallKfunc:
      if (insn.offset == 0) return fmt::format("call kfunc({})", imm());
      return fmt::format("call kfunc({}, {})", imm(), write_number(insn.offset, style.hex));
    case Format::kCallReg: return fmt::format("callx r{}", insn.dst);
    case Format::kExit: return "exit";
    case Format::kLoadImm64:
      return fmt::format("r{} = {} ll", insn.dst,
                         insn.op == Op::kLddw ? imm() : write_pseudo(insn, style));
    case Format::kPacketAbs: return fmt::format("r0 = *(u{} *)skb[{}]", op.bits, imm());
    case Format::kPacketInd:
      return fmt::format("r0 = *(u{} *)skb[r{}{}]", op.bits, insn.src,
                         insn.imm == 0 ? "" : spaced_offset(insn.imm, style.hex));
  }
  return {};
}

}  // namespace weir
