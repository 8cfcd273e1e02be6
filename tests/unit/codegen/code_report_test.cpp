// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/code_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/verifier/verifier.h"
#include "runtime/native/native_object.h"

namespace weir {
namespace {

using ::testing::ElementsAre;

Result<VerifiedProgram> verified(const char* text, Policy policy) {
  WEIR_TRY(const AssembledText assembled, assemble(text, "test.s"));
  WEIR_TRY(std::vector<Instruction> insns, decode(assembled.bytes));
  WEIR_TRY(Program program, make_program(std::move(insns), "test"));
  CompileOptions options;
  options.policy = policy;
  options.cpu = *parse_cpu("native");
  return verify(std::move(program), options);
}

TEST(CodeReport, GuardsThatAreLeftAreNamed) {
  // The first access is proven by the comparison, the second is not, the third covers the fourth.
  const char* text =
      "r3 = r1\nr3 += 4\nr4 = r1\nr4 += r2\nr0 = 0\nif r3 > r4 goto out\n"
      "r0 = *(u32 *)(r1 + 0)\nr5 = *(u32 *)(r1 + 8)\nr0 += r5\nout:\nexit\n";
  for (const Policy policy : {Policy::kGuard, Policy::kTrusted}) {
    const auto program = verified(text, policy);
    ASSERT_TRUE(program) << program.error().to_string();
    const auto report = report_code(*program);
    ASSERT_TRUE(report) << report.error().to_string();
    if (policy == Policy::kGuard) {
      EXPECT_THAT(report->guards_left, ElementsAre(7));
    } else {
      EXPECT_THAT(report->guards_left, ElementsAre());
    }
    // The code is that of the object, and each line of it has its place.
    const auto object = NativeObject::parse(report->object);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->manifest().code_size, report->code.size());
    EXPECT_TRUE(std::ranges::equal(object->text().first(report->code.size()), report->code));
    size_t bytes = 0;
    bool loads = false;
    for (const ListingLine& line : report->machine) {
      bytes += line.size;
      loads |= line.insn == 7u && line.text.find("ptr [") != std::string::npos;
    }
    EXPECT_EQ(bytes, report->code.size());
    EXPECT_TRUE(loads);
    EXPECT_FALSE(report->ir.empty());
  }
}

TEST(CodeReport, SpillsAreCounted) {
  // More values than a machine has registers, all alive at once; divided, so that vectors do not
  // hold them.
  std::string text = "r0 = 0\n";
  for (int i = 0; i < 40; ++i) {
    text += fmt::format("r3 = *(u64 *)(r1 + {})\nr3 /= {}\n*(u64 *)(r10 - {}) = r3\n", 8 * i,
                        7 + 2 * i, 8 * i + 8);
  }
  for (int i = 0; i < 40; ++i) text += fmt::format("*(u64 *)(r1 + {}) = r0\n", 8 * i);
  for (int i = 39; i >= 0; --i)
    text += fmt::format("r3 = *(u64 *)(r10 - {})\nr0 *= 31\nr0 ^= r3\n", 8 * i + 8);
  text += "exit\n";
  const auto program = verified(text.c_str(), Policy::kTrusted);
  ASSERT_TRUE(program) << program.error().to_string();
  const auto report = report_code(*program);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_GT(report->spills + report->reloads, 4u);
}

TEST(CodeReport, WhatIsNoElfFileIsAnError) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  EXPECT_FALSE(read_elf_function(bytes, "f"));
}

}  // namespace
}  // namespace weir
