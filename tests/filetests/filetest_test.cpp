// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The test of the tests: a filetest that should fail does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/filetests/filetest.h"

namespace weir::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> outcome_of(std::string_view text) {
  auto test = parse_filetest(text, "t.s");
  if (!test) return {test.error().to_string()};
  return execute_filetest(*test, false);
}

std::string blessed(std::string_view text) {
  auto test = parse_filetest(text, "t.s");
  if (!test) return test.error().to_string();
  (void)execute_filetest(*test, true);
  std::string out;
  for (const std::string& line : test->lines) out += line + "\n";
  return out;
}

TEST(Filetest, Bytes) {
  EXPECT_EQ(parse_bytes("01,00*3,ff"), (std::vector<uint8_t>{1, 0, 0, 0, 0xff}));
  EXPECT_EQ(parse_bytes("zz"), std::nullopt);
  EXPECT_EQ(parse_bytes("00*x"), std::nullopt);
  for (const char* text : {"", "0102", "00*64", "01,00*8,02", "00*9,ff*9"}) {
    EXPECT_EQ(write_bytes(*parse_bytes(text)), text);
  }
}

TEST(Filetest, RightExpectationsPass) {
  EXPECT_THAT(outcome_of("; run: mem=05 r0=5 budget_left=1000000\n; run: trap=access@0\n"
                         "r0 = *(u8 *)(r1 + 0)\nexit\n"),
              IsEmpty());
}

TEST(Filetest, WrongExpectationsFail) {
  const std::string code = "bad: r0 = *(u8 *)(r1 + 0)\n*(u8 *)(r1 + 0) = 7\nexit\n";
  EXPECT_THAT(outcome_of("; run: mem=05 r0=5 mem_after=07\n" + code), IsEmpty());
  EXPECT_THAT(outcome_of("; run: mem=05 r0=6 mem_after=07\n" + code),
              ElementsAre(HasSubstr("(r0)")));
  EXPECT_THAT(outcome_of("; run: mem=05 r0=5\n" + code), ElementsAre(HasSubstr("(memory)")));
  EXPECT_THAT(outcome_of("; run: mem=05 r0=5 mem_after=07 budget_left=1\n" + code),
              ElementsAre(HasSubstr("(budget)")));
  EXPECT_THAT(outcome_of("; run: mem=05 trap=access@0 mem_after=07\n" + code),
              ElementsAre(HasSubstr("trap")));
  EXPECT_THAT(outcome_of("; run: trap=access@1\n" + code), ElementsAre(HasSubstr("(trap)")));
  EXPECT_THAT(outcome_of("; run: trap=budget@0\n" + code), ElementsAre(HasSubstr("(trap)")));
  EXPECT_THAT(outcome_of("; run: trap=access@bad\n" + code), IsEmpty());
  EXPECT_THAT(outcome_of("; run: mem=05\n" + code), ElementsAre(HasSubstr("WEIR_BLESS")));
}

TEST(Filetest, ErrorsAreExpectedAtTheirLine) {
  EXPECT_THAT(outcome_of("r0 = 1\n; error: unknown instruction\nfrob r1\nexit\n"), IsEmpty());
  EXPECT_THAT(outcome_of("r0 = 1\nfrob r1 ; error: unknown instruction\nexit\n"), IsEmpty());
  EXPECT_THAT(outcome_of("; error: unknown instruction\nr0 = 1\nfrob r1\nexit\n"),
              ElementsAre(HasSubstr("the error is at line 3")));
  EXPECT_THAT(outcome_of("; error: unknown instruction\nr0 = 1\nexit\n"),
              ElementsAre(HasSubstr("was accepted")));
  EXPECT_THAT(outcome_of("r10 = 1 ; error: writes r10\nexit\n"), IsEmpty());
}

TEST(Filetest, IrChecks) {
  const std::string code = "r0 = *(u8 *)(r1 + 0)\nexit\n";
  EXPECT_THAT(
      outcome_of("; opt-ir-check: load i8, ptr {{%[0-9]+}}\n; opt-ir-not: inttoptr\n" + code),
      IsEmpty());
  EXPECT_THAT(outcome_of("; opt-ir-not: load i8\n" + code),
              testing::Contains(HasSubstr("'load i8' is there")));
  EXPECT_THAT(outcome_of("; opt-ir-check: load i64\n" + code),
              testing::Contains(HasSubstr("no 'load")));
  EXPECT_THAT(outcome_of("; opt-ir-count: 2 load i8\n" + code),
              testing::Contains(HasSubstr("1 times, expected 2")));
  // In order: the load is not after the return.
  EXPECT_THAT(
      outcome_of("; opt-ir-check: ret\n; opt-ir-check: define\n; opt-ir-check: load i8\n" + code),
      testing::Contains(HasSubstr("no '")));
}

TEST(Filetest, DirectivesMustBeUnderstood) {
  EXPECT_THAT(outcome_of("; run: mim=05 r0=5\nexit\n"), ElementsAre(HasSubstr("line 1")));
  EXPECT_THAT(outcome_of("; options: fast=1\nexit\n"), ElementsAre(HasSubstr("unknown option")));
  EXPECT_THAT(outcome_of("; opt-ir-chek: x\nexit\n"), ElementsAre(HasSubstr("unknown directive")));
  EXPECT_THAT(outcome_of("exit\n"), ElementsAre(HasSubstr("expects nothing")));
}

TEST(Filetest, SeveralPrograms) {
  EXPECT_THAT(outcome_of("; program: one\n; run: r0=1\nr0 = 1\nexit\n"
                         "; program: two\n; options: budget=3\n; run: trap=budget@0 budget_left=0\n"
                         "goto -1\n; program: three\n; run: r0=0 budget_left=1000000\nexit\n"),
              IsEmpty());
}

TEST(Filetest, BlessRewritesExpectationsOnly) {
  EXPECT_EQ(blessed("; about\n; run: mem=05 r0=9 budget_left=0\n; run: trap=budget@bad\n"
                    "bad: r0 = *(u8 *)(r1 + 0)\n*(u8 *)(r1 + 0) = 7\nexit\n"),
            "; about\n; run: mem=05 r0=0x5 mem_after=07 budget_left=1000000\n"
            "; run: trap=access@0\n"
            "bad: r0 = *(u8 *)(r1 + 0)\n*(u8 *)(r1 + 0) = 7\nexit\n");
  EXPECT_EQ(
      blessed("r10 = 1 ; error: ?\nexit\n"),
      "r10 = 1 ; error: Mov64Imm writes r10, the read-only frame pointer [insn-bad-register]\n"
      "exit\n");
}

}  // namespace
}  // namespace weir::test
