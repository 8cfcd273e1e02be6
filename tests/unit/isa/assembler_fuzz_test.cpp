// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever the text, the assembler answers with bytes or with an error that has a place. What it
// accepts and decode() accepts survives a trip through the disassembler.
#include <gtest/gtest.h>

#include <random>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/isa/disassembler.h"
#include "frontend/isa/text_tables.h"
#include "tests/unit/isa/isa_samples.h"

namespace weir {
namespace {

using Random = std::mt19937_64;

// True if the text was accepted.
bool check(const std::string& text, Random& random) {
  std::optional<Dialect> dialect;
  if (random() % 3 == 0) dialect = random() % 2 ? Dialect::kKernel : Dialect::kUbpf;
  auto made = assemble(text, "fuzz.s", dialect);
  if (!made) {
    const std::string message = made.error().to_string();
    EXPECT_NE(message.find("column "), std::string::npos) << message;
    EXPECT_EQ(made.error().where().source_file, "fuzz.s");
    EXPECT_GT(made.error().where().source_line, 0u);
    return false;
  }
  EXPECT_FALSE(made->bytes.empty());
  EXPECT_EQ(made->bytes.size() % 8, 0u);
  auto insns = decode(made->bytes);
  if (!insns) return true;
  DisassembleOptions options;
  options.labels = random() % 2;
  options.hex = random() % 2;
  options.slots = random() % 2;
  options.bytes = random() % 2;
  const Dialect write = random() % 2 ? Dialect::kKernel : Dialect::kUbpf;
  auto again = assemble(disassemble(*insns, write, options), "again.s", write);
  EXPECT_TRUE(again) << again.error().to_string();
  if (again) {
    EXPECT_EQ(again->bytes, made->bytes) << text;
  }
  return true;
}

constexpr const char* kPieces[] = {
    "r0",
    "r1",
    "w2",
    "r10",
    "r11",
    "%r1",
    "%",
    "[",
    "]",
    "(",
    ")",
    "*",
    "+",
    "-",
    ",",
    ":",
    "=",
    "==",
    "+=",
    "s>>=",
    "s>",
    "&",
    "if",
    "goto",
    "gotol",
    "may_goto",
    "call",
    "local",
    "exit",
    "callx",
    "kfunc",
    "lock",
    "fetch",
    "add",
    "mov32",
    "lddw",
    "ldxw",
    "stw",
    "jeq",
    "ja",
    "u32",
    "u8",
    "s16",
    "skb",
    "ll",
    "be16",
    "atomic_fetch_add",
    "xchg_64",
    "cmpxchg32_32",
    "map_fd",
    "map_value",
    "func",
    "load_acquire",
    "store_release",
    "ld_pseudo",
    "L1",
    "L1:",
    "pc",
    "0",
    "1",
    "-1",
    "0x",
    "0xffffffff",
    "4294967296",
    "99999999999999999999",
    "010",
    "\n",
    "\n",
    "\n",
    "#",
    "//",
    ";",
    "\t",
    " ",
    "0:",
    "(bf)",
    "b7 01 00 00 01 00 00 00",
    "<x>",
    ">",
    "<",
    ".text",
    ".section",
    "0000000000000000 <f>:",
    "subprog",
    "map",
    "\r",
    "@",
    "\"",
    "'",
    "\\",
    "{",
    "~",
};

TEST(AssemblerFuzz, RandomPieces) {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const size_t count = random() % 24;
    for (size_t j = 0; j < count; ++j) {
      text += kPieces[random() % std::size(kPieces)];
      if (random() % 3) text += ' ';
    }
    check(text, random);
    ASSERT_FALSE(HasFailure()) << text;
  }
}

TEST(AssemblerFuzz, RandomBytes) {
  Random random(2);
  for (int i = 0; i < 5'000; ++i) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random());
    check(text, random);
    ASSERT_FALSE(HasFailure());
  }
}

// Valid programs of random instructions, then a few characters changed, dropped, doubled or moved.
TEST(AssemblerFuzz, MutatedPrograms) {
  Random random(3);
  std::vector<Instruction> pool;
  for (size_t i = 0; i < kOpCount; ++i) {
    const std::vector<Instruction> samples = testing::samples_of(static_cast<Op>(i));
    for (int j = 0; j < 8; ++j) pool.push_back(samples[random() % samples.size()]);
  }
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<Instruction> insns;
    uint32_t slot = 0;
    for (size_t count = 1 + random() % 6; count > 0; --count) {
      insns.push_back(pool[random() % pool.size()]);
      insns.back().slot = slot;
      slot += insns.back().info().slots();
    }
    DisassembleOptions options;
    options.labels = random() % 2;
    options.hex = random() % 2;
    options.slots = random() % 2;
    options.bytes = random() % 4 == 0;
    std::string text =
        disassemble(insns, random() % 2 ? Dialect::kKernel : Dialect::kUbpf, options);
    for (size_t count = random() % 4; count > 0 && !text.empty(); --count) {
      const size_t at = random() % text.size();
      switch (random() % 5) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, 1 + random() % 4); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 8)); break;
        case 3: text.insert(at, kPieces[random() % std::size(kPieces)]); break;
        case 4: text[at] = text[random() % text.size()]; break;
      }
    }
    accepted += check(text, random);
    ASSERT_FALSE(HasFailure()) << text;
  }
  EXPECT_GT(accepted, 4'000);
  EXPECT_LT(accepted, 19'000);
}

// Any prefix of a valid text ends in an error or a shorter program, never in a read past the end.
TEST(AssemblerFuzz, EveryPrefixOfALongText) {
  std::string text;
  for (size_t i = 0; i < kOpCount; ++i) {
    const Instruction insn = testing::samples_of(static_cast<Op>(i)).back();
    text += disassemble_one(insn, i % 2 ? Dialect::kKernel : Dialect::kUbpf) + "\n";
  }
  Random random(4);
  for (size_t start = 0; start < text.size(); start += 40) {
    for (size_t length = 0; length < 60 && start + length <= text.size(); ++length) {
      // A heap copy of exactly this size, so that a sanitizer sees the end.
      check(std::string(text.data() + start, length), random);
    }
  }
}

TEST(TextTables, NearestWordIsBoundedAndExact) {
  const std::vector<std::string> words = {"ldxw", "ldxb", "stxw"};
  EXPECT_EQ(nearest_word("ldxw", words), "ldxw");
  EXPECT_EQ(nearest_word("ldw", words), "ldxw");
  EXPECT_EQ(nearest_word("zzzzz", words), "");
  EXPECT_EQ(nearest_word(std::string(1'000'000, 'a'), words), "");
  EXPECT_EQ(nearest_word("", words), "");
  EXPECT_EQ(nearest_word("word", {}), "");
}

}  // namespace
}  // namespace weir
