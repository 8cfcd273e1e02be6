// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/asm_operands.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/isa/text_tables.h"
#include "frontend/support/text.h"

namespace weir {

bool is_register_name(std::string_view word) {
  if (word.size() < 2 || std::string_view("rRwW").find(word[0]) == std::string_view::npos) {
    return false;
  }
  return std::all_of(word.begin() + 1, word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<AsmRegister> read_register(LineReader& in) {
  const Token token = in.peek();
  if (token.kind != TokenKind::kWord || !is_register_name(token.text)) {
    return in.expected("a register");
  }
  in.next();
  AsmRegister out;
  out.wide = token.text[0] == 'r' || token.text[0] == 'R';
  int number = 0;
  for (char c : token.text.substr(1)) number = std::min(number * 10 + (c - '0'), 1000);
  if (number >= kRegisters || (token.text[1] == '0' && token.text.size() > 2)) {
    return in.fail(token, ErrorCode::kInsnBadRegister,
                   fmt::format("unknown register {}", describe(token)),
                   out.wide ? "registers are r0 to r10" : "registers are w0 to w10");
  }
  out.number = static_cast<uint8_t>(number);
  return out;
}

Result<int64_t> read_imm32(LineReader& in, std::string_view what) {
  WEIR_TRY(const int64_t value, in.number_in(what, INT32_MIN, UINT32_MAX));
  return static_cast<int64_t>(static_cast<int32_t>(static_cast<uint32_t>(value)));
}

Result<int64_t> read_imm64(LineReader& in) {
  return in.number_in("64-bit immediate", INT64_MIN, UINT64_MAX);
}

Result<int16_t> read_offset(LineReader& in) {
  if (!in.peek().is("+") && !in.peek().is("-")) return int16_t{0};
  // The kernel writes `(r1 +-4)` nowhere, but `+ -4` is what a macro easily gives.
  if (in.peek().is("+") && in.peek(1).is("-")) in.next();
  WEIR_TRY(const int64_t value, in.number_in("offset", INT16_MIN, INT16_MAX));
  return static_cast<int16_t>(value);
}

Status read_target(LineReader& in, AsmStatement& out) {
  const Format format = out.insn.info().format;
  const bool in_imm =
      format == Format::kJumpLong || format == Format::kCallTarget || format == Format::kLoadImm64;
  if (in.peek().is("pc") && (in.peek(1).is("+") || in.peek(1).is("-"))) in.next();
  const Token& token = in.peek();
  if (token.kind == TokenKind::kWord) {
    if (is_register_name(token.text)) {
      return in.fail(token, ErrorCode::kAsmSyntax,
                     fmt::format("{} is a register, but a target is expected", describe(token)),
                     "targets are labels or distances in instruction slots: L1, +3, -2");
    }
    out.label = token.text;
    out.label_column = token.column;
    in.next();
    return {};
  }
  const bool number = token.kind == TokenKind::kNumber || token.is("+") || token.is("-");
  if (!number) return in.expected("a target (a label, +N or -N)");
  if (in_imm) {
    WEIR_TRY(const int64_t value, in.number_in("distance", INT32_MIN, INT32_MAX));
    // A 64-bit load's upper half stays 0.
    out.insn.imm =
        format == Format::kLoadImm64 ? static_cast<int64_t>(static_cast<uint32_t>(value)) : value;
  } else {
    auto value = in.number_in("distance", INT16_MIN, INT16_MAX);
    if (!value) {
      Error error = value.take_error();
      if (format != Format::kJump) return error;
      return std::move(error).with_hint("gotol (ja32) jumps further than 16 bits");
    }
    out.insn.offset = static_cast<int16_t>(*value);
  }
  return {};
}

Result<Op> require_row(const LineReader& in, const Token& at, Format format, Operation operation,
                       int bits, std::string_view what) {
  if (const std::optional<Op> op = find_row(format, operation, bits)) return *op;
  return in.fail(at, ErrorCode::kAsmSyntax, fmt::format("there is no {}", what));
}

Result<AsmStatement> read_call(LineReader& in) {
  AsmStatement out;
  const Token& token = in.peek();
  const Token& after = in.peek(1);
  if (token.is("%") || is_register_name(token.text)) {
    in.accept("%");
    const Token& name = in.peek();
    WEIR_TRY(const AsmRegister reg, read_register(in));
    if (!reg.wide) {
      return in.fail(name, ErrorCode::kAsmSyntax,
                     "a call goes through a 64-bit register, r0 to r10");
    }
    out.insn.op = Op::kCallx;
    out.insn.dst = reg.number;
    return out;
  }
  if (token.kind == TokenKind::kNumber) {
    out.insn.op = Op::kCallHelper;
    WEIR_TRY(out.insn.imm, read_imm32(in, "helper number"));
    return out;
  }
  if (token.is("kfunc") && after.is("(")) {
    in.next();
    in.next();
    out.insn.op = Op::kCallKfunc;
    WEIR_TRY(out.insn.imm, read_imm32(in, "BTF id"));
    if (in.accept(",")) {
      WEIR_TRY(const int64_t module, in.number_in("module index", INT16_MIN, INT16_MAX));
      out.insn.offset = static_cast<int16_t>(module);
    }
    WEIR_CHECK(in.expect(")", "kfunc(ID) or kfunc(ID, MODULE)"));
    return out;
  }
  if (token.kind == TokenKind::kWord && after.is("#")) {
    in.next();
    in.next();
    out.insn.op = Op::kCallHelper;
    WEIR_TRY(out.insn.imm, read_imm32(in, "helper number"));
    return out;
  }
  // `local` is a label itself when nothing follows it.
  if (token.is("local") && after.kind != TokenKind::kEnd) in.next();
  out.insn.op = Op::kCallLocal;
  WEIR_CHECK(read_target(in, out));
  return out;
}

Result<std::optional<AsmStatement>> read_pseudo(LineReader& in, uint8_t dst) {
  const Token name = in.peek();
  if (name.kind != TokenKind::kWord) return std::optional<AsmStatement>();
  if (name.is("map") && in.peek(1).is("[")) {
    return in.fail(name, ErrorCode::kAsmSyntax,
                   "map[id:N] names a map that is loaded in a kernel, and says nothing here",
                   "write map_fd(N), map_idx(N), map_value(N, OFFSET) or map_idx_value(N, OFFSET)");
  }
  // bpftool's `subprog[+3]`.
  const bool bracket = name.is("subprog") && in.peek(1).is("[");
  const OperationText* pseudo =
      find_symbol(pseudo_operations(), bracket ? std::string_view("func") : name.text);
  if (pseudo == nullptr || (!bracket && !in.peek(1).is("("))) return std::optional<AsmStatement>();
  in.next();
  in.next();

  AsmStatement out;
  WEIR_TRY(out.insn.op,
           require_row(in, name, Format::kLoadImm64, pseudo->operation, 64, "such load"));
  out.insn.dst = dst;
  const PseudoShape shape = pseudo_shape(pseudo->operation);
  if (shape == PseudoShape::kDistance) {
    WEIR_CHECK(read_target(in, out));
  } else {
    WEIR_TRY(const int64_t low, read_imm32(in, "operand"));
    int64_t high = 0;
    if (shape == PseudoShape::kTwo && !in.peek().is(",")) {
      return in.expected(fmt::format("',' and an offset in {}(N, OFFSET)", name.text));
    }
    if (shape != PseudoShape::kOne && in.accept(",")) {
      WEIR_TRY(high, read_imm32(in, "operand"));
    }
    out.insn.imm = static_cast<int64_t>(static_cast<uint64_t>(high) << 32 |
                                        static_cast<uint64_t>(static_cast<uint32_t>(low)));
  }
  WEIR_CHECK(in.expect(bracket ? "]" : ")", name.text));
  return std::optional<AsmStatement>(out);
}

}  // namespace weir
