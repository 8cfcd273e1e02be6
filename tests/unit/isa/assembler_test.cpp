// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the assembler reads beyond its own output: other tools' spellings, listings, labels.
#include "frontend/isa/assembler.h"

#include <gtest/gtest.h>

#include "frontend/isa/disassembler.h"
#include "tests/unit/isa/isa_samples.h"

namespace weir {
namespace {

using testing::bytes_of;
using testing::make_raw;
using testing::parse_hex;

// The bytes of a text, or nothing and a test failure.
std::vector<uint8_t> bytes(std::string_view text, std::optional<Dialect> dialect = {}) {
  auto made = assemble(text, "t.s", dialect);
  if (!made) {
    ADD_FAILURE() << made.error().to_string();
    return {};
  }
  return made->bytes;
}

struct Spelling {
  const char* text;
  const char* same_as;  // in the writer's spelling
};

class Spellings : public ::testing::TestWithParam<Spelling> {};

TEST_P(Spellings, MeanTheSame) {
  EXPECT_EQ(bytes(GetParam().text), bytes(GetParam().same_as));
}

INSTANTIATE_TEST_SUITE_P(
    Kernel, Spellings,
    ::testing::Values(
        Spelling{"R1 = R2", "r1 = r2"}, Spelling{"r1=r2", "r1 = r2"},
        Spelling{"r1 = w2", "w1 = w2"}, Spelling{"\tr1 =\tr2 ", "r1 = r2"},
        Spelling{"r1 = 0xffffffff", "r1 = -1"}, Spelling{"r1 = 4294967295", "r1 = -1"},
        Spelling{"r1 = 0x80000000", "r1 = -2147483648"}, Spelling{"r1 = +5", "r1 = 5"},
        Spelling{"r1 = 0b101", "r1 = 5"}, Spelling{"r1 = 0XfF", "r1 = 255"},
        Spelling{"r1 = - 5", "r1 = -5"}, Spelling{"r1 = -r1", "r1 = - r1"},
        Spelling{"w1 = ( s8 ) w2", "w1 = (s8)w2"},
        Spelling{"r1 = 0xffffffffffffffff ll", "r1 = -1 ll"},
        Spelling{"r1 = -0x8000000000000000 ll", "r1 = -9223372036854775808 ll"},
        Spelling{"w1 = *(u32 *)(r2 + 4)", "r1 = *(u32 *)(r2 + 4)"},
        Spelling{"w1 = *(u8 *)(r2 + 4)", "r1 = *(u8 *)(r2 + 4)"},
        Spelling{"r1 = *(u32 *)(r2 +4)", "r1 = *(u32 *)(r2 + 4)"},
        Spelling{"r1 = *(u32*)(r2-4)", "r1 = *(u32 *)(r2 - 4)"},
        Spelling{"r1 = *(u32*)(r2 + -4)", "r1 = *(u32 *)(r2 - 4)"},
        Spelling{"r1 = *(u32 *)(r2)", "r1 = *(u32 *)(r2 + 0)"},
        Spelling{"*(u32 *)(r1 + 4) = w2", "*(u32 *)(r1 + 4) = r2"},
        Spelling{"*(u8 *)(r1 + 4)=-1", "*(u8 *)(r1 + 4) = -1"},
        Spelling{"lock *(u32 *)(r1 + 4) += r2", "lock *(u32 *)(r1 + 4) += w2"},
        Spelling{"r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)",
                 "r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)"},
        Spelling{"r2 = atomic_fetch_or((u32 *)(r1 +0), r2)",
                 "w2 = atomic_fetch_or((u32 *)(r1 + 0), w2)"},
        Spelling{"r2 = atomic64_xchg((u64 *)(r1 +0), r2)", "r2 = xchg_64(r1 + 0, r2)"},
        Spelling{"r2 = atomic_xchg((u32 *)(r1 +0), r2)", "w2 = xchg32_32(r1 + 0, w2)"},
        Spelling{"r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)",
                 "r0 = cmpxchg_64(r1 + 0, r0, r2)"},
        Spelling{"r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)",
                 "w0 = cmpxchg32_32(r1 + 0, w0, w2)"},
        Spelling{"w2 = xchg_32(r1 + 0, w2)", "w2 = xchg32_32(r1 + 0, w2)"},
        Spelling{"r2 = load_acquire((u8 *)(r1 +0))", "w2 = load_acquire((u8 *)(r1 + 0))"},
        Spelling{"store_release((u8 *)(r1 +0), r2)", "store_release((u8 *)(r1 + 0), w2)"},
        Spelling{"goto pc+3", "goto +3"}, Spelling{"goto 3", "goto +3"},
        Spelling{"goto pc-3", "goto -3"}, Spelling{"gotol pc+70000", "gotol +70000"},
        Spelling{"may_goto pc+1", "may_goto +1"},
        Spelling{"if r1 == 0x5 goto pc+3", "if r1 == 5 goto +3"},
        Spelling{"if w1 s>=w2 goto pc+3", "if w1 s>= w2 goto +3"},
        Spelling{"if r1&8 goto +1", "if r1 & 8 goto +1"}, Spelling{"call +3", "call pc+3"},
        Spelling{"call -3", "call pc-3"}, Spelling{"call bpf_map_lookup_elem#1", "call 1"},
        Spelling{"call unknown#77", "call 77"}, Spelling{"call r3", "callx r3"},
        Spelling{"ld_pseudo r2, 1, 7", "r2 = map_fd(7) ll"},
        Spelling{"ld_pseudo\tr2, 0x4, 0xfffffff8", "r2 = func(-8) ll"},
        Spelling{"r1 = subprog[+3]", "r1 = func(+3) ll"},
        Spelling{"r1 = map_fd(3)", "r1 = map_fd(3) ll"},
        Spelling{"r0 = *(u16 *)skb[r6 +4]", "r0 = *(u16 *)skb[r6 + 4]"},
        Spelling{"r0 = *(u16 *)skb[r6 + 0]", "r0 = *(u16 *)skb[r6]"}));

INSTANTIATE_TEST_SUITE_P(
    Ubpf, Spellings,
    ::testing::Values(Spelling{"mov r1, r2", "mov %r1, %r2"},
                      Spelling{"mov64 %r1, 5", "mov %r1, 5"}, Spelling{"neg64 %r1", "neg %r1"},
                      Spelling{"jsgt64 %r1, 5, +1", "jsgt %r1, 5, +1"},
                      Spelling{"swap16 %r1", "bswap16 %r1"}, Spelling{"swap64 %r1", "bswap64 %r1"},
                      Spelling{"ldxw %r1, [%r2+0]", "ldxw %r1, [%r2]"},
                      Spelling{"ldxw %r1, [%r2 + 0x10]", "ldxw %r1, [%r2+16]"},
                      Spelling{"lock fetch_add [%r1], %r2", "lock fetch add [%r1], %r2"},
                      Spelling{"lock fetch_xor32 [%r1], %r2", "lock fetch xor32 [%r1], %r2"},
                      Spelling{"lock add64 [%r1], %r2", "lock add [%r1], %r2"},
                      Spelling{"callx %r2", "call %r2"}, Spelling{"call local +3", "call pc+3"},
                      Spelling{"ja 3", "ja +3"},
                      Spelling{"lddw %r1, -1", "lddw %r1, 0xffffffffffffffff"},
                      Spelling{"jeq %r1, 0xffffffff, +1", "jeq %r1, -1, +1"}));

// Both dialects say the same instruction; the rows here pin bytes, not only agreement.
TEST(Assembler, KnownBytes) {
  struct {
    const char* kernel;
    const char* ubpf;
    const char* hex;
  } const rows[] = {
      {"r0 = *(u32 *)(r1 + 16)", "ldxw %r0, [%r1+16]", "6110100000000000"},
      {"w1 += w2", "add32 %r1, %r2", "0c21000000000000"},
      {"r1 = *(s8 *)(r2 - 4)", "ldxsb %r1, [%r2-4]", "9121fcff00000000"},
      {"*(u16 *)(r10 - 2) = r1", "stxh [%r10-2], %r1", "6b1afeff00000000"},
      {"*(u32 *)(r1 + 0) = 5", "stw [%r1], 5", "6201000005000000"},
      {"if r1 s> 5 goto +3", "jsgt %r1, 5, +3", "6501030005000000"},
      {"gotol +70000", "ja32 +70000", "0600000070110100"},
      {"r1 = 1234 ll", "lddw %r1, 1234", "18010000d20400000000000000000000"},
      {"r1 = be16 r1", "be16 %r1", "dc01000010000000"},
      {"r1 = bswap32 r1", "bswap32 %r1", "d701000020000000"},
      {"r1 s/= r2", "sdiv %r1, %r2", "3f21010000000000"},
      {"r1 = (s16)r2", "movsx1664 %r1, %r2", "bf21100000000000"},
      {"w1 = (s8)w2", "movsx832 %r1, %r2", "bc21080000000000"},
      {"lock *(u64 *)(r1 + 0) += r2", "lock add [%r1], %r2", "db21000000000000"},
      {"r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)", "lock fetch add [%r1], %r2",
       "db21000001000000"},
      {"r2 = xchg_64(r1 + 0, r2)", "lock xchg [%r1], %r2", "db210000e1000000"},
      {"w0 = cmpxchg32_32(r1 + 0, w0, w2)", "lock cmpxchg32 [%r1], %r2", "c3210000f1000000"},
      {"w1 = load_acquire((u32 *)(r2 + 0))", "ldxacqw %r1, [%r2]", "c321000000010000"},
      {"store_release((u64 *)(r1 + 0), r2)", "stxreldw [%r1], %r2", "db21000010010000"},
      {"call 5", "call 5", "8500000005000000"},
      {"call pc+3", "call local +3", "8510000003000000"},
      {"call kfunc(7, 2)", "call kfunc(7, 2)", "8520020007000000"},
      {"callx r2", "call %r2", "8d02000000000000"},
      {"exit", "exit", "9500000000000000"},
      {"may_goto +2", "may_goto +2", "e500020000000000"},
      {"r0 = *(u8 *)skb[12]", "ldabsb 12", "300000000c000000"},
      {"r0 = *(u16 *)skb[r6 + 4]", "ldindh %r6, 4", "4860000004000000"},
      {"r1 = map_fd(3) ll", "lddw %r1, map_fd(3)", "18110000030000000000000000000000"},
      {"r1 = map_value(3, 8) ll", "lddw %r1, map_value(3, 8)", "18210000030000000000000008000000"},
      {"r1 = var_addr(3, 8) ll", "lddw %r1, var_addr(3, 8)", "18310000030000000000000008000000"},
      {"r1 = func(-1) ll", "lddw %r1, func(-1)", "18410000ffffffff0000000000000000"},
      {"r1 = map_idx(3) ll", "lddw %r1, map_idx(3)", "18510000030000000000000000000000"},
      {"r1 = map_idx_value(3, 8) ll", "lddw %r1, map_idx_value(3, 8)",
       "18610000030000000000000008000000"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(bytes(row.kernel, Dialect::kKernel), parse_hex(row.hex)) << row.kernel;
    EXPECT_EQ(bytes(row.ubpf, Dialect::kUbpf), parse_hex(row.hex)) << row.ubpf;
    EXPECT_EQ(bytes(row.kernel), parse_hex(row.hex)) << row.kernel;
    EXPECT_EQ(bytes(row.ubpf), parse_hex(row.hex)) << row.ubpf;
  }
}

TEST(Assembler, LabelsInBothDirectionsAndDialects) {
  const auto made = assemble(
      "# a comment\n"
      "start: r0 = 0      ; one\n"
      "\n"
      "  r1 = 1 ll        // wide: two slots\n"
      "a: b: jeq %r1, 5, done\n"
      "  if w1 != w2 goto start\n"
      "  goto start\r\n"
      "  gotol done\n"
      "  call func\n"
      "  call local func\n"
      "  r2 = func(func) ll\n"
      "done: exit\n"
      "func:\n"
      "  exit",
      "t.s");
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->bytes, bytes("r0 = 0\nr1 = 1 ll\njeq %r1, 5, +7\nif w1 != w2 goto -5\n"
                               "goto -6\ngotol +4\ncall pc+4\ncall pc+3\nr2 = func(+2) ll\n"
                               "exit\nexit"));
  ASSERT_EQ(made->labels.size(), 5u);
  EXPECT_EQ(made->labels[3].name, "done");
  EXPECT_EQ(made->labels[3].slot, 11u);
  EXPECT_EQ(made->labels[4].slot, 12u);
  ASSERT_EQ(made->lines.size(), 11u);
  EXPECT_EQ(made->lines[1].slot, 1u);
  EXPECT_EQ(made->lines[1].line, 4u);
  EXPECT_EQ(made->lines[2].slot, 3u);
  EXPECT_EQ(made->lines[10].line, 14u);
}

TEST(Assembler, TheFirstExitIsALabel) {
  EXPECT_EQ(bytes("ja exit\nmov %r0, 1\nexit\nja exit\nexit"),
            bytes("ja +1\nmov %r0, 1\nexit\nja -2\nexit"));
  // A label of that name comes first.
  EXPECT_EQ(bytes("ja exit\nexit: mov %r0, 1\nexit"), bytes("ja +0\nmov %r0, 1\nexit"));
}

TEST(Assembler, JumpsReachTheirWholeRange) {
  std::string far = "goto end\n";
  for (int i = 0; i < INT16_MAX; ++i) far += "r0 = 0\n";
  auto made = assemble(far + "end: exit", "t.s");
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->bytes[2], 0xff);
  EXPECT_EQ(made->bytes[3], 0x7f);
  std::string back = "start: r0 = 0\n";
  for (int i = 0; i < INT16_MAX - 1; ++i) back += "r0 = 0\n";
  made = assemble(back + "goto start", "t.s");
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->bytes[made->bytes.size() - 6], 0x00);
  EXPECT_EQ(made->bytes[made->bytes.size() - 5], 0x80);
}

TEST(Assembler, ReadsObjdumpListings) {
  const char* listing =
      "\n"
      "t.o:\tfile format elf64-bpf\n"
      "\n"
      "Disassembly of section xdp:\n"
      "\n"
      "0000000000000000 <p>:\n"
      "       0:\tb4 00 00 00 00 00 00 00\tw0 = 0x0\n"
      "       1:\t18 01 00 00 07 00 00 00 00 00 00 00 00 00 00 00\tr1 = 0x7 ll\n"
      "       3:\tc6 00 02 00 01 00 00 00\tif w0 s< 0x1 goto +0x2 <LBB0_3>\n"
      "       4:\t85 10 00 00 fd ff ff ff\tcall -0x3\n"
      "       5:\t85 10 00 00 01 00 00 00\tcall 0x1\n"
      "\n"
      "0000000000000030 <LBB0_3>:\n"
      "<L0>:\n"
      "       6:\t18 12 00 00 07 00 00 00 00 00 00 00 00 00 00 00\tld_pseudo\tr2, 0x1, 0x7\n"
      "       8:\t95 00 00 00 00 00 00 00\texit\n"
      "\n"
      "Disassembly of section .text:\n"
      "\n"
      "0000000000000000 <f>:\n"
      "       0:\t95 00 00 00 00 00 00 00\texit\n";
  EXPECT_EQ(bytes(listing), bytes("w0 = 0\nr1 = 7 ll\nif w0 s< 1 goto +2\ncall pc-3\ncall pc+1\n"
                                  "r2 = map_fd(7) ll\nexit\nexit"));
}

TEST(Assembler, ReadsVerifierLogs) {
  EXPECT_EQ(bytes("0: (b7) r1 = 1                        ; R1_w=1\n"
                  "; int x = 1; @ t.c:3\n"
                  "1: (18) r2 = 0x5\n"
                  "3: (15) if r1 == 0x0 goto pc+1\n"
                  "4: (85) call bpf_get_prandom_u32#7    ; R0_w=scalar()\n"
                  "5: (85) call pc+0\n"
                  "6: (95) exit\n"),
            bytes("r1 = 1\nr2 = 5 ll\nif r1 == 0 goto +1\ncall 7\ncall pc+0\nexit"));
}

TEST(Assembler, ReadsCompilerOutputAndSkipsData) {
  EXPECT_EQ(bytes("\t.text\n\t.file\t\"t.c\"\n\t.section\txdp,\"ax\",@progbits\n\t.globl\tp\n"
                  "\t.p2align\t3\n\t.type\tp,@function\np:                  # @p\n# %bb.0:\n"
                  "\tr0 = r1\n\texit\n.Lfunc_end0:\n\t.size\tp, .Lfunc_end0-p\n"
                  "\t.type\t_license,@object\n\t.section\tlicense,\"aw\",@progbits\n"
                  "_license:\n\t.asciz\t\"GPL; # //\"\n\t.byte 1\n\t.text\nf:\n\texit\n"),
            bytes("r0 = r1\nexit\nexit"));
}

}  // namespace
}  // namespace weir
