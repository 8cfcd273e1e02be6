// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every refusal says file, line and column, what was found and what to do. The texts are exact:
// they are what a user works with.
#include <gtest/gtest.h>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/isa/text_lexer.h"

namespace weir {
namespace {

// The whole message but the source line, which each test knows.
std::string refusal(std::string_view text, std::optional<Dialect> dialect = {}) {
  auto made = assemble(text, "t.s", dialect);
  if (made) return "accepted";
  std::string out = made.error().to_string();
  if (const size_t source = out.find("\n    | "); source != std::string::npos) {
    const size_t end = out.find('\n', source + 1);
    out.erase(source, end == std::string::npos ? end : end - source);
  }
  return out;
}

TEST(AssemblerErrors, PointAtLineAndColumnAndShowTheLine) {
  auto made = assemble("exit\n  r1 = 4294967296 # too big\n", "dir/t.s");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::kAsmRange);
  EXPECT_EQ(made.error().where().source_file, "dir/t.s");
  EXPECT_EQ(made.error().where().source_line, 2u);
  EXPECT_EQ(made.error().to_string(),
            "error: dir/t.s:2: column 8: immediate 4294967296 is out of range: -2147483648 to "
            "4294967295 are allowed [asm-range]\n"
            "    |   r1 = 4294967296 # too big\n"
            "hint: a 64-bit immediate is written with ll: r1 = 4294967296 ll");
}

TEST(AssemblerErrors, Ranges) {
  EXPECT_EQ(refusal("r1 += -2147483649"),
            "error: t.s:1: column 7: immediate -2147483649 is out of range: -2147483648 to "
            "4294967295 are allowed [asm-range]");
  EXPECT_EQ(refusal("r1 = *(u8 *)(r2 + 32768)"),
            "error: t.s:1: column 17: offset 32768 is out of range: -32768 to 32767 are allowed "
            "[asm-range]");
  EXPECT_EQ(refusal("ldxb %r1, [%r2-32769]"),
            "error: t.s:1: column 15: offset -32769 is out of range: -32768 to 32767 are allowed "
            "[asm-range]");
  EXPECT_EQ(refusal("goto +32768"),
            "error: t.s:1: column 6: distance 32768 is out of range: -32768 to 32767 are allowed "
            "[asm-range]\nhint: gotol (ja32) jumps further than 16 bits");
  EXPECT_EQ(refusal("gotol +2147483648"),
            "error: t.s:1: column 7: distance 2147483648 is out of range: -2147483648 to "
            "2147483647 are allowed [asm-range]");
  EXPECT_EQ(refusal("lddw %r1, 18446744073709551616"),
            "error: t.s:1: column 11: 64-bit immediate '18446744073709551616' does not fit into 64 "
            "bits [asm-range]");
  EXPECT_EQ(refusal("r1 = -9223372036854775809 ll"),
            "error: t.s:1: column 6: 64-bit immediate -9223372036854775809 is out of range: "
            "-9223372036854775808 to 18446744073709551615 are allowed [asm-range]");
  EXPECT_EQ(refusal("call kfunc(1, 32768)"),
            "error: t.s:1: column 15: module index 32768 is out of range: -32768 to 32767 are "
            "allowed [asm-range]");
  EXPECT_EQ(refusal("ld_pseudo r1, 7, 0"),
            "error: t.s:1: column 15: there is no 64-bit load of kind 7 [asm-range]");
  std::string far = "if r1 == 0 goto end\n";
  for (int i = 0; i <= INT16_MAX; ++i) far += "r0 = 0\n";
  EXPECT_EQ(refusal(far + "end: exit"),
            "error: t.s:1: column 17: label 'end' is 32768 slots away, a jump reaches -32768 to "
            "32767 [asm-range]\nhint: jump round a gotol (ja32), which jumps further");
}

TEST(AssemblerErrors, Numbers) {
  EXPECT_EQ(refusal("r1 = 0x"),
            "error: t.s:1: column 6: '0x' is no number [asm-syntax]\n"
            "hint: numbers are decimal, hexadecimal (0x1f) or binary (0b101)");
  EXPECT_EQ(refusal("r1 = 12a"),
            "error: t.s:1: column 6: '12a' is no number [asm-syntax]\n"
            "hint: numbers are decimal, hexadecimal (0x1f) or binary (0b101)");
  EXPECT_EQ(refusal("r1 = 010"),
            "error: t.s:1: column 6: '010' could mean an octal or a decimal number [asm-syntax]\n"
            "hint: leave out the leading zeros, or write 0x for a hexadecimal number");
}

TEST(AssemblerErrors, Labels) {
  EXPECT_EQ(refusal("LBB0_1: exit\ngoto LBB0_2"),
            "error: t.s:2: column 6: unknown label 'LBB0_2' [insn-bad-target]\n"
            "hint: did you mean 'LBB0_1'?");
  EXPECT_EQ(refusal("goto nowhere"),
            "error: t.s:1: column 6: unknown label 'nowhere' [insn-bad-target]\n"
            "hint: a label is defined by its name and a colon at the start of a line");
  EXPECT_EQ(refusal("call bpf_map_lookup_elem"),
            "error: t.s:1: column 6: unknown label 'bpf_map_lookup_elem' [insn-bad-target]\n"
            "hint: a helper is called by its number: call 1");
  EXPECT_EQ(refusal("L1: exit\n  L1: exit"),
            "error: t.s:2: column 3: label 'L1' is defined twice, first in line 1 [asm-syntax]");
  EXPECT_EQ(refusal("r1: exit"),
            "error: t.s:1: column 1: 'r1' is a register's name and cannot be a label "
            "[asm-syntax]");
  EXPECT_EQ(refusal("goto r1"),
            "error: t.s:1: column 6: 'r1' is a register, but a target is expected [asm-syntax]\n"
            "hint: targets are labels or distances in instruction slots: L1, +3, -2");
  EXPECT_EQ(refusal("goto exit"),
            "error: t.s:1: column 6: unknown label 'exit' [insn-bad-target]\n"
            "hint: a label is defined by its name and a colon at the start of a line");
  EXPECT_EQ(refusal("1:\ngoto 1b"),
            "error: t.s:1: column 3: a number without an instruction after it [asm-syntax]\n"
            "hint: labels are names: L1, not 1");
}

TEST(AssemblerErrors, Registers) {
  EXPECT_EQ(refusal("r11 = 0"),
            "error: t.s:1: column 1: unknown register 'r11' [insn-bad-register]\n"
            "hint: registers are r0 to r10");
  EXPECT_EQ(refusal("w1 = w99999999999999999999"),
            "error: t.s:1: column 6: unknown register 'w99999999999999999999' "
            "[insn-bad-register]\nhint: registers are w0 to w10");
  EXPECT_EQ(refusal("mov %r01, 0"),
            "error: t.s:1: column 6: unknown register 'r01' [insn-bad-register]\n"
            "hint: registers are r0 to r10");
  EXPECT_EQ(refusal("mov %w1, 0"),
            "error: t.s:1: column 5: this dialect writes registers as %r0 to %r10 [asm-syntax]\n"
            "hint: a 32-bit operation is told by its mnemonic: mov32, add32, jeq32");
  EXPECT_EQ(refusal("w1 = r2"),
            "error: t.s:1: column 6: 'r2' and w1 differ in width [asm-syntax]\n"
            "hint: both operands are r registers (64 bits) or both are w registers (32 bits)");
  EXPECT_EQ(refusal("if r1 == w2 goto +1"),
            "error: t.s:1: column 10: 'w2' and r1 differ in width [asm-syntax]\n"
            "hint: both operands are r registers (64 bits) or both are w registers (32 bits)");
  EXPECT_EQ(refusal("w1 = *(u64 *)(r2 + 0)"),
            "error: t.s:1: column 1: 'w1' is 32 bits wide, the access 64 [asm-syntax]\n"
            "hint: write r1");
  EXPECT_EQ(refusal("r1 = *(u64 *)(w2 + 0)"),
            "error: t.s:1: column 15: the base of an address must be a 64-bit register, r0 to r10 "
            "[asm-syntax]");
  EXPECT_EQ(refusal("r1 = be16 r2"),
            "error: t.s:1: column 11: be16 works in place: expected r1, found 'r2' [asm-syntax]");
  EXPECT_EQ(refusal("r1 = -r2"),
            "error: t.s:1: column 7: negation works in place: expected r1, found 'r2' "
            "[asm-syntax]");
  EXPECT_EQ(refusal("r2 = atomic_fetch_add((u64 *)(r1 + 0), r3)"),
            "error: t.s:1: column 40: atomic_fetch_add works in place: expected r2, found 'r3' "
            "[asm-syntax]");
  EXPECT_EQ(refusal("r1 = cmpxchg_64(r2 + 0, r1, r3)"),
            "error: t.s:1: column 1: the result of a compare-and-exchange goes to r0 "
            "[asm-syntax]");
  EXPECT_EQ(refusal("w1 = (s32)w2"),
            "error: t.s:1: column 6: there is no w1 = (s32)w2 [asm-syntax]");
  EXPECT_EQ(refusal("r1 = *(u8 *)skb[4]"),
            "error: t.s:1: column 1: a packet load has the form r0 = *(u8 *)skb[12] [asm-syntax]\n"
            "hint: its result goes to r0 and is unsigned");
}

TEST(AssemblerErrors, Syntax) {
  EXPECT_EQ(refusal("exit exit"),
            "error: t.s:1: column 6: unexpected 'exit' after the instruction [asm-syntax]\n"
            "hint: one instruction a line; comments start with '#', '//' or ';'");
  EXPECT_EQ(refusal("ldxx %r1, [%r2]"),
            "error: t.s:1: column 1: unknown instruction 'ldxx' [asm-syntax]\n"
            "hint: did you mean 'ldxb'?");
  EXPECT_EQ(refusal("frobnicate %r1"),
            "error: t.s:1: column 1: unknown instruction 'frobnicate' [asm-syntax]");
  EXPECT_EQ(refusal("r1 = @"), "error: t.s:1: column 6: unexpected character '@' [asm-syntax]");
  EXPECT_EQ(refusal(std::string_view("r1 = \0", 6)),
            "error: t.s:1: column 6: unexpected character '\\x00' [asm-syntax]");
  EXPECT_EQ(refusal("r1"),
            "error: t.s:1: column 3: expected an operator (=, +=, s>>= and so on), found the end "
            "of the line [asm-syntax]");
  EXPECT_EQ(refusal("if r1 = 5 goto +1"),
            "error: t.s:1: column 7: expected a comparison (==, !=, <, s<, & and so on), found '=' "
            "[asm-syntax]");
  EXPECT_EQ(refusal("if r1 == 5"),
            "error: t.s:1: column 11: expected 'goto' in a conditional jump like if r1 == 5 goto "
            "+3, found the end of the line [asm-syntax]");
  EXPECT_EQ(refusal("r1 = *(u24 *)(r2 + 0)"),
            "error: t.s:1: column 8: expected a type (u8, u16, u32, u64, s8, s16 or s32), found "
            "'u24' [asm-syntax]");
  EXPECT_EQ(refusal("lock *(u8 *)(r1 + 0) += r2"),
            "error: t.s:1: column 7: there is no atomic of 8 bits [asm-syntax]");
  EXPECT_EQ(refusal("stw [%r1], %r2"),
            "error: t.s:1: column 12: stw stores an immediate, not a register [asm-syntax]\n"
            "hint: a register is stored by stxw");
  EXPECT_EQ(refusal("stxw [%r1], 5"),
            "error: t.s:1: column 13: expected a register, found '5' [asm-syntax]");
  EXPECT_EQ(refusal("mov %r1 5"),
            "error: t.s:1: column 9: expected ',' in the operands of mov, found '5' [asm-syntax]");
  EXPECT_EQ(refusal("movsx832 %r1, 5"),
            "error: t.s:1: column 15: expected a register as second operand of movsx832, found "
            "'5' [asm-syntax]");
  EXPECT_EQ(refusal("r1 = counter ll"),
            "error: t.s:1: column 6: the address of 'counter' needs a relocation [asm-syntax]\n"
            "hint: assemble to an ELF file with clang, or write map_fd(N) ll or func(LABEL) ll");
  EXPECT_EQ(refusal("r1 = map[id:5]"),
            "error: t.s:1: column 6: map[id:N] names a map that is loaded in a kernel, and says "
            "nothing here [asm-syntax]\nhint: write map_fd(N), map_idx(N), map_value(N, OFFSET) "
            "or map_idx_value(N, OFFSET)");
  EXPECT_EQ(refusal("r1 = map_value(5) ll"),
            "error: t.s:1: column 17: expected ',' and an offset in map_value(N, OFFSET), found "
            "')' [asm-syntax]");
  EXPECT_EQ(refusal("\t.byte 1"),
            "error: t.s:1: column 2: this directive is unknown, or places data among the code "
            "[asm-syntax]\nhint: only directives that place no bytes are passed over (.text, "
            ".globl, .type, .size, .p2align, ...)");
  EXPECT_EQ(refusal(""), "error: t.s:1: column 1: the text has no instructions [asm-syntax]");
  EXPECT_EQ(refusal("# nothing\nL1:\n"),
            "error: t.s:1: column 1: the text has no instructions [asm-syntax]");
}

TEST(AssemblerErrors, TheDialectThatWasAskedFor) {
  EXPECT_EQ(refusal("r1 = r2", Dialect::kUbpf),
            "error: t.s:1: column 1: this is no instruction of uBPF's dialect [asm-syntax]\n"
            "hint: it is the kernel's dialect, and uBPF's was asked for");
  EXPECT_EQ(refusal("mov %r1, %r2", Dialect::kKernel),
            "error: t.s:1: column 1: unknown instruction 'mov' [asm-syntax]\n"
            "hint: this is uBPF's dialect, and the kernel's was asked for");
}

TEST(AssemblerErrors, Listings) {
  EXPECT_EQ(refusal("0: r1 = 1\n2: exit"),
            "error: t.s:2: column 1: the line is numbered 2, but slot 1 comes next [asm-syntax]\n"
            "hint: a listing must be complete, or its jumps go astray; without numbers lines may "
            "be added and left out, and labels name jump targets");
  EXPECT_EQ(refusal("0:\tb7 01 00 00 02 00 00 00\tr1 = 1"),
            "error: t.s:1: column 4: the bytes of the line differ from those of its text, b7 01 00 "
            "00 01 00 00 00 [asm-syntax]\nhint: correct the text or leave out the bytes");
  EXPECT_EQ(refusal("0: (bf) r1 = 1"),
            "error: t.s:1: column 1: the line says opcode bf, but the text is b7, Mov64Imm "
            "[asm-syntax]");
}

TEST(AssemblerErrors, LimitsAreExact) {
  std::string line = "exit #";
  line.resize(kMaxAssemblyLine, 'x');
  EXPECT_TRUE(assemble(line, "t.s"));
  EXPECT_EQ(assemble(line + "x", "t.s").error().code(), ErrorCode::kLimit);

  const std::string name(kMaxLabel, 'a');
  EXPECT_TRUE(assemble(name + ": goto " + name, "t.s"));
  EXPECT_EQ(assemble(name + "a: exit", "t.s").error().code(), ErrorCode::kLimit);

  std::string text;
  for (size_t i = 0; i < kMaxInstructions; ++i) text += "exit\n";
  EXPECT_TRUE(assemble(text, "t.s"));
  EXPECT_EQ(assemble(text + "exit", "t.s").error().code(), ErrorCode::kLimit);

  EXPECT_EQ(assemble(std::string(kMaxAssemblyText + 1, '\n'), "t.s").error().code(),
            ErrorCode::kLimit);
}

}  // namespace
}  // namespace weir
