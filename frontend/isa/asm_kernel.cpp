// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recursive descent, one function a form of instruction. Each finds its operation in a table of
// text_tables.h and its row by format, operation and width.
#include "frontend/isa/asm_kernel.h"

#include <fmt/format.h>

#include "frontend/isa/text_tables.h"

namespace weir {

namespace {

int bits_of(const AsmRegister& reg) {
  return reg.wide ? 64 : 32;
}

bool starts_register(const LineReader& in) {
  return in.peek().kind == TokenKind::kWord && is_register_name(in.peek().text);
}

// The type of a memory access: u8..u64, s8..s32.
struct AccessType {
  int bits = 0;
  bool is_signed = false;
};

// `u32` of `(u32 *)`, without the parentheses and the star.
Result<AccessType> read_type(LineReader& in) {
  struct Row {
    std::string_view name;
    AccessType type;
  };
  constexpr Row kTypes[] = {
      {"u8", {8, false}}, {"u16", {16, false}}, {"u32", {32, false}}, {"u64", {64, false}},
      {"s8", {8, true}},  {"s16", {16, true}},  {"s32", {32, true}},
  };
  for (const Row& row : kTypes) {
    if (in.accept(row.name)) return row.type;
  }
  return in.expected("a type (u8, u16, u32, u64, s8, s16 or s32)");
}

// `(u32 *)`
Result<AccessType> read_pointer_type(LineReader& in) {
  WEIR_CHECK(in.expect("(", "a memory access like *(u32 *)(r1 + 4)"));
  WEIR_TRY(const AccessType type, read_type(in));
  WEIR_CHECK(in.expect("*", "a memory access like *(u32 *)(r1 + 4)"));
  WEIR_CHECK(in.expect(")", "a memory access like *(u32 *)(r1 + 4)"));
  return type;
}

Result<uint8_t> read_wide(LineReader& in, std::string_view what) {
  const Token at = in.peek();
  WEIR_TRY(const AsmRegister reg, read_register(in));
  if (reg.wide) return reg.number;
  return in.fail(at, ErrorCode::kAsmSyntax,
                 fmt::format("{} must be a 64-bit register, r0 to r10", what));
}

// `r1 + 4` of an address.
Status read_address(LineReader& in, uint8_t& base, int16_t& offset) {
  WEIR_TRY(base, read_wide(in, "the base of an address"));
  WEIR_TRY(offset, read_offset(in));
  return {};
}

// `(r1 + 4)`
Status read_bracketed_address(LineReader& in, uint8_t& base, int16_t& offset) {
  WEIR_CHECK(in.expect("(", "a memory access like *(u32 *)(r1 + 4)"));
  WEIR_CHECK(read_address(in, base, offset));
  return in.expect(")", "a memory access like *(u32 *)(r1 + 4)");
}

// A value that goes to or comes from memory of `bits`: w only if it has the bits.
Status check_width(const LineReader& in, const Token& at, const AsmRegister& reg, int bits) {
  if (reg.wide || bits <= 32) return {};
  return in.fail(at, ErrorCode::kAsmSyntax,
                 fmt::format("{} is 32 bits wide, the access 64", describe(at)),
                 fmt::format("write r{}", reg.number));
}

// The register at the next token must be this one again: `r1 = be16 r1`.
Status expect_same(LineReader& in, const AsmRegister& dst, std::string_view form) {
  const Token at = in.peek();
  WEIR_TRY(const AsmRegister reg, read_register(in));
  if (reg.number == dst.number && reg.wide == dst.wide) return {};
  return in.fail(at, ErrorCode::kAsmSyntax,
                 fmt::format("{} works in place: expected {}{}, found {}", form,
                             dst.wide ? 'r' : 'w', dst.number, describe(at)));
}

// `+= r2`, `= 5`: the operator is read, the operand comes.
Result<AsmStatement> read_alu(LineReader& in, const AsmRegister& dst, Operation operation) {
  AsmStatement out;
  out.insn.dst = dst.number;
  if (!starts_register(in)) {
    const Token at = in.peek();
    WEIR_TRY(out.insn.op,
             require_row(in, at, Format::kAluImm, operation, bits_of(dst), "such operation"));
    WEIR_TRY(out.insn.imm, read_imm32(in));
    return out;
  }
  const Token at = in.peek();
  WEIR_TRY(const AsmRegister src, read_register(in));
  // clang writes `r1 = w2` for the move that clears the upper half, which is `w1 = w2`.
  const bool widening = operation == Operation::kMov && dst.wide && !src.wide;
  if (src.wide != dst.wide && !widening) {
    return in.fail(
        at, ErrorCode::kAsmSyntax,
        fmt::format("{} and {}{} differ in width", describe(at), dst.wide ? 'r' : 'w', dst.number),
        "both operands are r registers (64 bits) or both are w registers (32 bits)");
  }
  out.insn.src = src.number;
  WEIR_TRY(out.insn.op,
           require_row(in, at, Format::kAluReg, operation, bits_of(src), "such operation"));
  return out;
}

// `*(u32 *)(r1 + 4)` or `*(u32 *)skb[12]` as a value; the star comes next.
Result<AsmStatement> read_load(LineReader& in, const Token& name, const AsmRegister& dst) {
  const Token star = in.next();
  AsmStatement out;
  WEIR_TRY(const AccessType type, read_pointer_type(in));
  if (in.accept("skb")) {
    if (dst.number != 0 || !dst.wide || type.is_signed) {
      return in.fail(name, ErrorCode::kAsmSyntax, "a packet load has the form r0 = *(u8 *)skb[12]",
                     "its result goes to r0 and is unsigned");
    }
    WEIR_CHECK(in.expect("[", "a packet load like *(u8 *)skb[12]"));
    const bool indirect = starts_register(in);
    WEIR_TRY(out.insn.op, require_row(in, star, indirect ? Format::kPacketInd : Format::kPacketAbs,
                                      Operation::kPacketLoad, type.bits,
                                      fmt::format("packet load of {} bits", type.bits)));
    if (indirect) {
      WEIR_TRY(out.insn.src, read_wide(in, "the index of a packet load"));
      if (in.peek().is("+") || in.peek().is("-")) {
        WEIR_TRY(out.insn.imm, read_imm32(in, "offset"));
      }
    } else {
      WEIR_TRY(out.insn.imm, read_imm32(in, "offset"));
    }
    WEIR_CHECK(in.expect("]", "a packet load like *(u8 *)skb[12]"));
    return out;
  }
  WEIR_CHECK(check_width(in, name, dst, type.is_signed ? 64 : type.bits));
  WEIR_TRY(out.insn.op, require_row(in, star, Format::kLoad,
                                    type.is_signed ? Operation::kLoadSign : Operation::kLoadZero,
                                    type.bits, "such load"));
  out.insn.dst = dst.number;
  WEIR_CHECK(read_bracketed_address(in, out.insn.src, out.insn.offset));
  return out;
}

// `(s8)r2`
Result<AsmStatement> read_sign_extension(LineReader& in, const AsmRegister& dst) {
  const Token open = in.next();
  WEIR_TRY(const AccessType type, read_type(in));
  WEIR_CHECK(in.expect(")", "a sign extension like (s8)r2"));
  const Token at = in.peek();
  WEIR_TRY(const AsmRegister src, read_register(in));
  AsmStatement out;
  const std::string form =
      fmt::format("{}{} = ({}{}){}{}", dst.wide ? 'r' : 'w', dst.number, type.is_signed ? 's' : 'u',
                  type.bits, src.wide ? 'r' : 'w', src.number);
  if (!type.is_signed || src.wide != dst.wide) {
    return in.fail(type.is_signed ? at : open, ErrorCode::kAsmSyntax,
                   fmt::format("there is no {}", form),
                   "sign extensions are r1 = (s8)r2, (s16), (s32) and w1 = (s8)w2, (s16)");
  }
  WEIR_TRY(out.insn.op,
           require_row(in, open, Format::kAluReg,
                       dst.wide ? Operation::kMovsx64 : Operation::kMovsx32, type.bits, form));
  out.insn.dst = dst.number;
  out.insn.src = src.number;
  return out;
}

// Which of the three ways an atomic function is written in.
struct AtomicName {
  Operation operation{};
  int bits = 0;          // 0: the pointer's type tells
  bool has_type = true;  // atomic_xchg((u64 *)(r1 + 0), r2), not xchg_64(r1 + 0, r2)
};

std::optional<AtomicName> parse_atomic_name(std::string_view name) {
  // LLVM: xchg_64, xchg32_32, cmpxchg_64, cmpxchg32_32.
  for (const OperationText& text : fetch_operations()) {
    if (!name.starts_with(text.symbol)) continue;
    const std::string_view rest = name.substr(text.symbol.size());
    if (rest == "_64") return AtomicName{text.operation, 64, false};
    if (rest == "32_32" || rest == "_32") return AtomicName{text.operation, 32, false};
  }
  // LLVM and kernel: atomic_fetch_add; kernel: atomic64_fetch_add, atomic_xchg, atomic64_cmpxchg.
  AtomicName out;
  if (name.starts_with("atomic_")) {
    name.remove_prefix(7);
  } else if (name.starts_with("atomic64_")) {
    name.remove_prefix(9);
    out.bits = 64;
  } else {
    return std::nullopt;
  }
  const OperationText* text = find_symbol(fetch_operations(), name);
  if (text == nullptr) return std::nullopt;
  out.operation = text->operation;
  return out;
}

// `atomic_fetch_add((u64 *)(r1 + 0), r2)`; the name comes next, `at` is the register it goes to.
Result<AsmStatement> read_fetch(LineReader& in, const Token& at, const AsmRegister& dst,
                                const AtomicName& atomic) {
  const Token name = in.next();
  AsmStatement out;
  int bits = atomic.bits;
  WEIR_CHECK(in.expect("(", fmt::format("{}(...)", name.text)));
  if (atomic.has_type) {
    const Token open = in.peek();
    WEIR_TRY(const AccessType type, read_pointer_type(in));
    if (type.is_signed || type.bits < 32 || (bits != 0 && bits != type.bits)) {
      return in.fail(open, ErrorCode::kAsmSyntax,
                     fmt::format("{} takes no pointer of this type", name.text),
                     bits == 64 ? "write (u64 *)" : "write (u32 *) or (u64 *)");
    }
    bits = type.bits;
    WEIR_CHECK(read_bracketed_address(in, out.insn.dst, out.insn.offset));
  } else {
    WEIR_CHECK(read_address(in, out.insn.dst, out.insn.offset));
  }
  WEIR_CHECK(in.expect(",", fmt::format("the operands of {}", name.text)));
  if (atomic.operation == Operation::kAtomicCmpxchg) {
    if (dst.number != 0) {
      return in.fail(at, ErrorCode::kAsmSyntax, "the result of a compare-and-exchange goes to r0");
    }
    WEIR_CHECK(expect_same(in, dst, name.text));
    WEIR_CHECK(in.expect(",", fmt::format("the operands of {}", name.text)));
    const Token source = in.peek();
    WEIR_TRY(const AsmRegister src, read_register(in));
    WEIR_CHECK(check_width(in, source, src, bits));
    out.insn.src = src.number;
  } else {
    WEIR_CHECK(expect_same(in, dst, name.text));
    out.insn.src = dst.number;
  }
  WEIR_CHECK(check_width(in, at, dst, bits));
  WEIR_CHECK(in.expect(")", fmt::format("{}(...)", name.text)));
  WEIR_TRY(out.insn.op,
           require_row(in, name, Format::kAtomic, atomic.operation, bits, "such atomic"));
  return out;
}

// `load_acquire((u32 *)(r1 + 0))`; the name comes next.
Result<AsmStatement> read_load_acquire(LineReader& in, const Token& at, const AsmRegister& dst) {
  const Token name = in.next();
  AsmStatement out;
  WEIR_CHECK(in.expect("(", "load_acquire(...)"));
  WEIR_TRY(const AccessType type, read_pointer_type(in));
  if (type.is_signed) {
    return in.fail(name, ErrorCode::kAsmSyntax, "load_acquire takes a pointer to an unsigned type");
  }
  WEIR_CHECK(read_bracketed_address(in, out.insn.src, out.insn.offset));
  WEIR_CHECK(in.expect(")", "load_acquire(...)"));
  WEIR_CHECK(check_width(in, at, dst, type.bits));
  WEIR_TRY(out.insn.op, require_row(in, name, Format::kLoadAcquire, Operation::kLoadAcquire,
                                    type.bits, "such load"));
  out.insn.dst = dst.number;
  return out;
}

// `store_release((u32 *)(r1 + 0), w2)`; the name is read.
Result<AsmStatement> read_store_release(LineReader& in, const Token& name) {
  AsmStatement out;
  WEIR_CHECK(in.expect("(", "store_release(...)"));
  WEIR_TRY(const AccessType type, read_pointer_type(in));
  if (type.is_signed) {
    return in.fail(name, ErrorCode::kAsmSyntax,
                   "store_release takes a pointer to an unsigned type");
  }
  WEIR_CHECK(read_bracketed_address(in, out.insn.dst, out.insn.offset));
  WEIR_CHECK(in.expect(",", "store_release(...)"));
  const Token at = in.peek();
  WEIR_TRY(const AsmRegister src, read_register(in));
  WEIR_CHECK(check_width(in, at, src, type.bits));
  WEIR_CHECK(in.expect(")", "store_release(...)"));
  WEIR_TRY(out.insn.op, require_row(in, name, Format::kStoreRelease, Operation::kStoreRelease,
                                    type.bits, "such store"));
  out.insn.src = src.number;
  return out;
}

// be16, le64, bswap32
std::optional<Op> parse_byte_order(std::string_view name) {
  for (const OperationText& text : byte_order_operations()) {
    if (!name.starts_with(text.symbol)) continue;
    const std::string_view width = name.substr(text.symbol.size());
    if (width == "16") return find_row(Format::kAluUnary, text.operation, 16);
    if (width == "32") return find_row(Format::kAluUnary, text.operation, 32);
    if (width == "64") return find_row(Format::kAluUnary, text.operation, 64);
  }
  return std::nullopt;
}

// `r1 = ` with a word that is no register after it.
Result<AsmStatement> read_named_value(LineReader& in, const Token& at, const AsmRegister& dst) {
  const Token name = in.peek();
  AsmStatement out;
  if (const std::optional<Op> op = parse_byte_order(name.text)) {
    in.next();
    if (!dst.wide) {
      return in.fail(at, ErrorCode::kAsmSyntax,
                     fmt::format("{} works on a 64-bit register", name.text),
                     fmt::format("write r{0} = {1} r{0}", dst.number, name.text));
    }
    WEIR_CHECK(expect_same(in, dst, name.text));
    out.insn.op = *op;
    out.insn.dst = dst.number;
    return out;
  }
  if (const std::optional<AtomicName> atomic = parse_atomic_name(name.text)) {
    return read_fetch(in, at, dst, *atomic);
  }
  if (name.is("load_acquire")) return read_load_acquire(in, at, dst);
  WEIR_TRY(const std::optional<AsmStatement> pseudo, read_pseudo(in, dst.number));
  if (pseudo) {
    if (!dst.wide) {
      return in.fail(at, ErrorCode::kAsmSyntax, "a 64-bit load goes to a 64-bit register");
    }
    in.accept("ll");
    return *pseudo;
  }
  if (in.peek(1).is("ll")) {
    return in.fail(name, ErrorCode::kAsmSyntax,
                   fmt::format("the address of {} needs a relocation", describe(name)),
                   "assemble to an ELF file with clang, or write map_fd(N) ll or func(LABEL) ll");
  }
  return in.expected("a value: a register, a number, a memory access, be16, map_fd(N), ...");
}

// `r1 = ...`; the equals sign is read.
Result<AsmStatement> read_assignment(LineReader& in, const Token& at, const AsmRegister& dst,
                                     std::optional<uint8_t> opcode) {
  const Token& token = in.peek();
  if (starts_register(in)) return read_alu(in, dst, Operation::kMov);
  if (token.is("*")) return read_load(in, at, dst);
  if (token.is("(")) return read_sign_extension(in, dst);
  if (token.kind == TokenKind::kWord) return read_named_value(in, at, dst);
  if (token.is("-") && in.peek(1).kind == TokenKind::kWord && is_register_name(in.peek(1).text)) {
    in.next();
    WEIR_CHECK(expect_same(in, dst, "negation"));
    AsmStatement out;
    out.insn.op = dst.wide ? Op::kNeg64 : Op::kNeg32;
    out.insn.dst = dst.number;
    return out;
  }

  // A number: 64 bits wide with `ll` after it, which only the end of it tells.
  const bool is_signed = token.is("-") || token.is("+");
  const bool long_suffix = in.peek(is_signed ? 2 : 1).is("ll");
  if (!long_suffix && opcode != info(Op::kLddw).opcode) {
    auto value = read_alu(in, dst, Operation::kMov);
    if (value || value.error().code() != ErrorCode::kAsmRange) return value;
    return value.take_error().with_hint(
        "a 64-bit immediate is written with ll: r1 = 4294967296 ll");
  }
  AsmStatement out;
  out.insn.op = Op::kLddw;
  out.insn.dst = dst.number;
  WEIR_TRY(out.insn.imm, read_imm64(in));
  in.accept("ll");
  if (!dst.wide) {
    return in.fail(at, ErrorCode::kAsmSyntax, "a 64-bit immediate goes to a 64-bit register");
  }
  return out;
}

// `*(u32 *)(r1 + 4) = r2`; the star is read. With `lock` in front the operator is `+=` and the
// like.
Result<AsmStatement> read_store(LineReader& in, bool lock) {
  AsmStatement out;
  const Token open = in.peek();
  WEIR_TRY(const AccessType type, read_pointer_type(in));
  if (type.is_signed) {
    return in.fail(open, ErrorCode::kAsmSyntax, "stores have an unsigned type: u8, u16, u32, u64");
  }
  WEIR_CHECK(read_bracketed_address(in, out.insn.dst, out.insn.offset));

  const Token op = in.peek();
  Operation operation = Operation::kStore;
  if (lock) {
    const OperationText* text = find_symbol(lock_operations(), op.text);
    if (text == nullptr) return in.expected("+=, |=, &= or ^= of a locked operation");
    operation = text->operation;
    in.next();
  } else {
    WEIR_CHECK(in.expect("=", "a store like *(u32 *)(r1 + 4) = r2"));
  }

  const Token at = in.peek();
  const std::string what = fmt::format("{} of {} bits", lock ? "atomic" : "store", type.bits);
  if (!lock && !starts_register(in)) {
    WEIR_TRY(out.insn.op, require_row(in, open, Format::kStoreImm, operation, type.bits, what));
    WEIR_TRY(out.insn.imm, read_imm32(in));
    return out;
  }
  WEIR_TRY(const AsmRegister src, read_register(in));
  WEIR_CHECK(check_width(in, at, src, type.bits));
  out.insn.src = src.number;
  WEIR_TRY(out.insn.op, require_row(in, open, lock ? Format::kAtomic : Format::kStoreReg, operation,
                                    type.bits, what));
  return out;
}

// `if r1 s> 5 goto +3`; `if` is read.
Result<AsmStatement> read_branch(LineReader& in) {
  AsmStatement out;
  WEIR_TRY(const AsmRegister left, read_register(in));
  const Token op = in.peek();
  const OperationText* text =
      op.kind == TokenKind::kPunct ? find_symbol(compare_operations(), op.text) : nullptr;
  if (text == nullptr) return in.expected("a comparison (==, !=, <, s<, & and so on)");
  in.next();
  out.insn.dst = left.number;
  Format format = Format::kJumpImm;
  if (starts_register(in)) {
    const Token at = in.peek();
    WEIR_TRY(const AsmRegister right, read_register(in));
    if (right.wide != left.wide) {
      return in.fail(at, ErrorCode::kAsmSyntax,
                     fmt::format("{} and {}{} differ in width", describe(at), left.wide ? 'r' : 'w',
                                 left.number),
                     "both operands are r registers (64 bits) or both are w registers (32 bits)");
    }
    out.insn.src = right.number;
    format = Format::kJumpReg;
  } else {
    WEIR_TRY(out.insn.imm, read_imm32(in));
  }
  WEIR_TRY(out.insn.op,
           require_row(in, op, format, text->operation, bits_of(left), "such comparison"));
  WEIR_CHECK(in.expect("goto", "a conditional jump like if r1 == 5 goto +3"));
  WEIR_CHECK(read_target(in, out));
  return out;
}

// LLVM's spelling of the pseudo loads: `ld_pseudo r1, 2, 7`; the word is read.
Result<AsmStatement> read_ld_pseudo(LineReader& in) {
  AsmStatement out;
  WEIR_TRY(out.insn.dst, read_wide(in, "the destination"));
  WEIR_CHECK(in.expect(",", "ld_pseudo REGISTER, KIND, NUMBER"));
  const Token at = in.peek();
  WEIR_TRY(const int64_t kind, in.number_in("kind", 0, 15));
  WEIR_CHECK(in.expect(",", "ld_pseudo REGISTER, KIND, NUMBER"));
  WEIR_TRY(const int64_t low, read_imm32(in));
  out.insn.imm = static_cast<int64_t>(static_cast<uint32_t>(low));
  for (size_t i = 0; i < kOpCount; ++i) {
    if (kOpTable[i].format != Format::kLoadImm64 || kOpTable[i].value != kind) continue;
    out.insn.op = static_cast<Op>(i);
    return out;
  }
  return in.fail(at, ErrorCode::kAsmRange, fmt::format("there is no 64-bit load of kind {}", kind));
}

Result<AsmStatement> read_jump(LineReader& in, Op op) {
  AsmStatement out;
  out.insn.op = op;
  WEIR_CHECK(read_target(in, out));
  return out;
}

}  // namespace

bool is_kernel_line(const LineReader& in) {
  const Token& first = in.peek();
  if (first.kind == TokenKind::kPunct) return first.is("*");
  if (first.is("lock")) return in.peek(1).is("*");
  for (std::string_view word : {"if", "goto", "gotol", "store_release", "ld_pseudo"}) {
    if (first.is(word)) return true;
  }
  return first.kind == TokenKind::kWord && is_register_name(first.text);
}

Result<AsmStatement> read_kernel(LineReader& in, std::optional<uint8_t> opcode) {
  const Token first = in.peek();
  if (starts_register(in)) {
    WEIR_TRY(const AsmRegister dst, read_register(in));
    if (in.accept("=")) return read_assignment(in, first, dst, opcode);
    const Token op = in.peek();
    const OperationText* text =
        op.kind == TokenKind::kPunct ? find_symbol(alu_operations(), op.text) : nullptr;
    if (text == nullptr) return in.expected("an operator (=, +=, s>>= and so on)");
    in.next();
    return read_alu(in, dst, text->operation);
  }
  in.next();
  if (first.is("*")) return read_store(in, false);
  if (first.is("lock")) {
    WEIR_CHECK(in.expect("*", "a locked operation like lock *(u64 *)(r1 + 0) += r2"));
    return read_store(in, true);
  }
  if (first.is("if")) return read_branch(in);
  if (first.is("goto")) return read_jump(in, Op::kJa);
  if (first.is("gotol")) return read_jump(in, Op::kGotol);
  if (first.is("may_goto")) return read_jump(in, Op::kMayGoto);
  if (first.is("call")) return read_call(in);
  if (first.is("callx")) {
    AsmStatement out;
    out.insn.op = Op::kCallx;
    WEIR_TRY(out.insn.dst, read_wide(in, "the target of callx"));
    return out;
  }
  if (first.is("store_release")) return read_store_release(in, first);
  if (first.is("ld_pseudo")) return read_ld_pseudo(in);
  if (first.is("exit")) {
    AsmStatement out;
    out.insn.op = Op::kExit;
    return out;
  }
  return in.fail(first, ErrorCode::kAsmSyntax,
                 fmt::format("unknown instruction {}", describe(first)));
}

}  // namespace weir
