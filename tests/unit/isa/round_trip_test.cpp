// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes -> instruction -> text -> bytes is the identity, for every row of the opcode table with
// every combination of interesting fields, in both dialects, with and without hexadecimal numbers.
#include <gtest/gtest.h>

#include <set>

#include "frontend/isa/assembler.h"
#include "frontend/isa/disassembler.h"
#include "frontend/isa/text_tables.h"
#include "tests/unit/isa/isa_samples.h"

namespace weir {
namespace {

using testing::bytes_of;
using testing::samples_of;

class EveryOp : public ::testing::TestWithParam<size_t> {};

TEST_P(EveryOp, RoundTrips) {
  const Op op = static_cast<Op>(GetParam());
  const std::vector<Instruction> samples = samples_of(op);
  ASSERT_FALSE(samples.empty()) << info(op).name;
  std::vector<uint8_t> expected;
  for (const Instruction& insn : samples) {
    EXPECT_EQ(insn.op, op);
    const std::vector<uint8_t> bytes = bytes_of(insn);
    expected.insert(expected.end(), bytes.begin(), bytes.end());
  }
  std::vector<Instruction> placed = samples;
  uint32_t slot = 0;
  for (Instruction& insn : placed) {
    insn.slot = slot;
    slot += insn.info().slots();
  }
  for (Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
    for (int bits = 0; bits < 16; ++bits) {
      DisassembleOptions options;
      options.hex = bits & 1;
      options.slots = bits & 2;
      options.bytes = bits & 4;
      options.labels = bits & 8;
      const std::string text = disassemble(placed, dialect, options);
      for (std::optional<Dialect> read : {std::optional<Dialect>(), {dialect}}) {
        auto made = assemble(text, "sample.s", read);
        ASSERT_TRUE(made) << made.error().to_string();
        ASSERT_EQ(made->bytes, expected) << info(op).name << "\n" << text.substr(0, 2000);
      }
    }
  }
}

// A sample alone, so that a failure names the instruction; also text -> bytes -> text.
TEST_P(EveryOp, OneByOne) {
  const Op op = static_cast<Op>(GetParam());
  for (const Instruction& insn : samples_of(op)) {
    for (Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
      const std::string text = disassemble_one(insn, dialect);
      auto made = assemble(text, "one.s");
      ASSERT_TRUE(made) << made.error().to_string();
      ASSERT_EQ(made->bytes, bytes_of(insn)) << text;
      std::vector<RawInsn> raw(made->bytes.size() / sizeof(RawInsn));
      std::memcpy(raw.data(), made->bytes.data(), made->bytes.size());
      auto back = decode_one(raw, 0);
      ASSERT_TRUE(back) << text << back.error().to_string();
      EXPECT_EQ(*back, insn) << text;
      EXPECT_EQ(disassemble_one(*back, dialect), text);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryOp, ::testing::Range(size_t{0}, kOpCount),
                         [](const auto& which) { return std::string(kOpTable[which.param].name); });

// The three columns that find_row() looks at identify a row; otherwise one of two instructions
// could not be written.
TEST(TextTables, FormatOperationAndWidthIdentifyARow) {
  for (size_t i = 0; i < kOpCount; ++i) {
    const OpInfo& row = kOpTable[i];
    EXPECT_EQ(find_row(row.format, row.operation, row.bits), static_cast<Op>(i)) << row.name;
  }
}

TEST(TextTables, DistinctInstructionsHaveDistinctText) {
  for (Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
    std::set<std::string> seen;
    for (size_t i = 0; i < kOpCount; ++i) {
      for (const Instruction& insn : samples_of(static_cast<Op>(i))) {
        const std::string text = disassemble_one(insn, dialect);
        EXPECT_TRUE(seen.insert(text).second) << insn.info().name << ": " << text;
      }
    }
  }
}

}  // namespace
}  // namespace weir
