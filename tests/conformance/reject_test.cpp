// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs with a field set that must be zero: refused, as the kernel does, by the decoder or by
// make_program(), with an error that says which instruction.
#include <gtest/gtest.h>

#include "frontend/isa/decode.h"
#include "frontend/isa/program.h"
#include "tests/conformance/cases.h"

namespace weir::test {
namespace {

TEST(ConformanceReject, Refused) {
  if (conformance_folder().empty()) GTEST_SKIP() << why_skipped();
  const auto cases = read_reject_cases();
  ASSERT_TRUE(cases) << cases.error().to_string();
  ASSERT_EQ(cases->size(), kRejectCases);
  size_t refused = 0;
  for (const RejectCase& c : *cases) {
    auto insns = decode(c.code);
    const auto program = insns ? make_program(std::move(*insns), c.name) : insns.take_error();
    EXPECT_FALSE(program) << c.name << ": " << c.why;
    if (program) continue;
    ++refused;
    EXPECT_TRUE(program.error().where().instruction) << c.name;
    EXPECT_NE(program.error().code(), ErrorCode::kInternal) << c.name;
  }
  EXPECT_EQ(refused, kRejectCases);
}

}  // namespace
}  // namespace weir::test
