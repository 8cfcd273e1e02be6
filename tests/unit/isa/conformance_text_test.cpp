// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The public bpf_conformance suite, as an oracle for the uBPF dialect and for decode(): its 313
// programs must assemble to the bytes that its own assembler makes, and the 45 programs with a
// field set that must be zero must be refused. The data is not in the repository.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "frontend/isa/assembler.h"
#include "frontend/isa/disassembler.h"
#include "tests/unit/isa/isa_samples.h"

namespace weir {
namespace {

using testing::parse_hex;
using testing::read_file;
using testing::shared_folder;

// The lines between `-- asm` and the next section.
std::string asm_part(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("--")) {
      inside = line.starts_with("-- asm");
      continue;
    }
    if (inside) out += line + "\n";
  }
  return out;
}

TEST(ConformanceText, AllCasesAssembleToTheSuitesBytes) {
  const auto shared = shared_folder();
  if (!shared) GTEST_SKIP() << "no shared folder with the conformance data (WEIR_SHARED)";
  const auto cases = nlohmann::json::parse(read_file(*shared / "conformance" / "conformance.json"));
  EXPECT_EQ(cases.size(), 313u);
  for (const auto& test : cases) {
    const std::string name = test["name"];
    const std::vector<uint8_t> expected = parse_hex(test["bytecode"]);
    const std::string text =
        asm_part(read_file(*shared / "conformance" / "tests" / (name + ".data")));
    for (std::optional<Dialect> dialect : {std::optional<Dialect>(), {Dialect::kUbpf}}) {
      auto made = assemble(text, name, dialect);
      ASSERT_TRUE(made) << made.error().to_string();
      EXPECT_EQ(made->bytes, expected) << name;
    }
    auto insns = decode(expected);
    ASSERT_TRUE(insns) << name << ": " << insns.error().to_string();
    EXPECT_EQ(encode(*insns), expected) << name;
    for (Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
      for (bool labels : {false, true}) {
        DisassembleOptions options;
        options.labels = labels;
        const std::string written = disassemble(*insns, dialect, options);
        auto again = assemble(written, name, dialect);
        ASSERT_TRUE(again) << again.error().to_string();
        EXPECT_EQ(again->bytes, expected) << written;
      }
    }
  }
}

TEST(ConformanceText, AllReservedFieldCasesAreRefused) {
  const auto shared = shared_folder();
  if (!shared) GTEST_SKIP() << "no shared folder with the conformance data (WEIR_SHARED)";
  const auto cases = nlohmann::json::parse(read_file(*shared / "conformance" / "must-reject.json"));
  EXPECT_EQ(cases.size(), 45u);
  for (const auto& test : cases) {
    auto insns = decode(parse_hex(test["bytecode"]));
    ASSERT_FALSE(insns) << test["name"];
    EXPECT_EQ(insns.error().code(), ErrorCode::kInsnReservedField)
        << test["name"] << ": " << insns.error().to_string();
  }
}

}  // namespace
}  // namespace weir
