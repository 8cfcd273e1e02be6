// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mnemonic gives one or more rows of the opcode table, the row's format gives the operands, and
// a register where an immediate could be chooses between the two rows of a mnemonic.
#include "frontend/isa/asm_ubpf.h"

#include <fmt/format.h>

#include "frontend/isa/text_tables.h"

namespace weir {

namespace {

bool starts_register(const LineReader& in) {
  return in.peek().is("%") || is_register_name(in.peek().text);
}

Result<uint8_t> read_ubpf_register(LineReader& in) {
  const Token at = in.peek();
  in.accept("%");
  WEIR_TRY(const AsmRegister reg, read_register(in));
  if (!reg.wide) {
    return in.fail(at, ErrorCode::kAsmSyntax, "this dialect writes registers as %r0 to %r10",
                   "a 32-bit operation is told by its mnemonic: mov32, add32, jeq32");
  }
  return reg.number;
}

Status read_comma(LineReader& in, std::string_view mnemonic) {
  return in.expect(",", fmt::format("the operands of {}", mnemonic));
}

// `[%r1+16]`
Status read_memory(LineReader& in, uint8_t& base, int16_t& offset) {
  WEIR_CHECK(in.expect("[", "a memory operand like [%r1+16]"));
  WEIR_TRY(base, read_ubpf_register(in));
  WEIR_TRY(offset, read_offset(in));
  return in.expect("]", "a memory operand like [%r1+16]");
}

// The mnemonic with its prefixes, in the spelling of the index: "lock fetch add32".
std::string read_mnemonic(LineReader& in) {
  std::string mnemonic(in.next().text);
  if (mnemonic == "lock" && in.peek().kind == TokenKind::kWord) {
    mnemonic += fmt::format(" {}", in.next().text);
    if (mnemonic == "lock fetch" && in.peek().kind == TokenKind::kWord) {
      mnemonic += fmt::format(" {}", in.next().text);
    }
  }
  return mnemonic;
}

// The row of `ops` whose format this is, or the first.
Op choose(std::span<const Op> ops, Format format) {
  for (Op op : ops) {
    if (info(op).format == format) return op;
  }
  return ops.front();
}

// A register or an immediate as second operand: chooses the row.
Status read_source(LineReader& in, std::span<const Op> ops, std::string_view mnemonic,
                   AsmStatement& out) {
  const bool jump =
      info(ops.front()).format == Format::kJumpImm || info(ops.front()).format == Format::kJumpReg;
  if (starts_register(in)) {
    out.insn.op = choose(ops, jump ? Format::kJumpReg : Format::kAluReg);
    WEIR_TRY(out.insn.src, read_ubpf_register(in));
    return {};
  }
  out.insn.op = choose(ops, jump ? Format::kJumpImm : Format::kAluImm);
  const Format format = out.insn.info().format;
  if (format == Format::kAluReg) {
    return in.expected(fmt::format("a register as second operand of {}", mnemonic));
  }
  WEIR_TRY(out.insn.imm, read_imm32(in));
  return {};
}

}  // namespace

Result<AsmStatement> read_ubpf(LineReader& in) {
  const Token first = in.peek();
  if (first.kind != TokenKind::kWord) return in.expected("a mnemonic");
  const std::string mnemonic = read_mnemonic(in);
  if (mnemonic == "call") return read_call(in);
  if (mnemonic == "callx") {
    AsmStatement out;
    out.insn.op = Op::kCallx;
    WEIR_TRY(out.insn.dst, read_ubpf_register(in));
    return out;
  }
  const std::span<const Op> ops = find_mnemonic(mnemonic);
  if (ops.empty()) {
    const std::string_view nearest = nearest_word(mnemonic, all_mnemonics());
    return in.fail(first, ErrorCode::kAsmSyntax,
                   fmt::format("unknown instruction '{}'", mnemonic.substr(0, 40)),
                   nearest.empty() ? "" : fmt::format("did you mean '{}'?", nearest));
  }

  AsmStatement out;
  Instruction& insn = out.insn;
  insn.op = ops.front();
  switch (insn.info().format) {
    case Format::kAluImm:
    case Format::kAluReg: {
      WEIR_TRY(insn.dst, read_ubpf_register(in));
      WEIR_CHECK(read_comma(in, mnemonic));
      WEIR_CHECK(read_source(in, ops, mnemonic, out));
      break;
    }
    case Format::kAluUnary: {
      WEIR_TRY(insn.dst, read_ubpf_register(in));
      break;
    }
    case Format::kLoad:
    case Format::kLoadAcquire: {
      WEIR_TRY(insn.dst, read_ubpf_register(in));
      WEIR_CHECK(read_comma(in, mnemonic));
      WEIR_CHECK(read_memory(in, insn.src, insn.offset));
      break;
    }
    case Format::kStoreImm: {
      WEIR_CHECK(read_memory(in, insn.dst, insn.offset));
      WEIR_CHECK(read_comma(in, mnemonic));
      if (starts_register(in)) {
        return in.fail(in.peek(), ErrorCode::kAsmSyntax,
                       fmt::format("{} stores an immediate, not a register", mnemonic),
                       fmt::format("a register is stored by {}",
                                   ubpf_mnemonic(*find_row(Format::kStoreReg, Operation::kStore,
                                                           insn.info().bits))));
      }
      WEIR_TRY(insn.imm, read_imm32(in));
      break;
    }
    case Format::kStoreReg:
    case Format::kStoreRelease:
    case Format::kAtomic: {
      WEIR_CHECK(read_memory(in, insn.dst, insn.offset));
      WEIR_CHECK(read_comma(in, mnemonic));
      WEIR_TRY(insn.src, read_ubpf_register(in));
      break;
    }
    case Format::kJump:
    case Format::kJumpLong: WEIR_CHECK(read_target(in, out)); break;
    case Format::kJumpImm:
    case Format::kJumpReg: {
      WEIR_TRY(insn.dst, read_ubpf_register(in));
      WEIR_CHECK(read_comma(in, mnemonic));
      WEIR_CHECK(read_source(in, ops, mnemonic, out));
      WEIR_CHECK(read_comma(in, mnemonic));
      WEIR_CHECK(read_target(in, out));
      break;
    }
    case Format::kLoadImm64: {
      WEIR_TRY(const uint8_t dst, read_ubpf_register(in));
      WEIR_CHECK(read_comma(in, mnemonic));
      WEIR_TRY(const std::optional<AsmStatement> pseudo, read_pseudo(in, dst));
      if (pseudo) return *pseudo;
      insn.op = Op::kLddw;
      insn.dst = dst;
      WEIR_TRY(insn.imm, read_imm64(in));
      break;
    }
    case Format::kPacketAbs: {
      WEIR_TRY(insn.imm, read_imm32(in));
      break;
    }
    case Format::kPacketInd: {
      WEIR_TRY(insn.src, read_ubpf_register(in));
      WEIR_CHECK(read_comma(in, mnemonic));
      WEIR_TRY(insn.imm, read_imm32(in));
      break;
    }
    case Format::kCall:
    case Format::kCallTarget:
    case Format::kCallKfunc:
    case Format::kCallReg:
    case Format::kExit: break;
  }
  return out;
}

}  // namespace weir
