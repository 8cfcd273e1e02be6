// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the writer refuses, and that it is deterministic. That its objects load, link and
// disassemble is tested in tests/unit/native.
#include "runtime/abi/artifact_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "runtime/abi/object_layout.h"
#include "tests/unit/abi/sample_parts.h"

namespace weir {
namespace {

using testing::HasSubstr;

TEST(ArtifactWriter, SamePartsSameBytes) {
  EXPECT_EQ(sample::object(), sample::object());
}

TEST(ArtifactWriter, OrderOfGlobalSymbolsDoesNotMatter) {
  NativeParts parts = sample::parts();
  std::ranges::reverse(parts.symbols);
  EXPECT_EQ(*write_native_object(parts), sample::object());
}

TEST(ArtifactWriter, TextIsAlignedInTheFile) {
  const auto bytes = sample::object(Arch::kX86_64);
  const auto text = sample::parts(Arch::kX86_64).text;
  EXPECT_EQ(sizeof(Elf64_Ehdr) % kTextAlignment, 0u);
  EXPECT_TRUE(std::ranges::equal(ByteSpan(bytes).subspan(sizeof(Elf64_Ehdr), text.size()), text));
}

TEST(ArtifactWriter, RefusesPartsThatContradictEachOther) {
  struct Case {
    std::string_view message;
    std::function<void(NativeParts&)> change;
  };
  const Case cases[] = {
      {".text has 95 bytes, of which 96", [](NativeParts& p) { p.text.resize(95); }},
      {"lists 4 programs, but 3 are given", [](NativeParts& p) { p.programs.pop_back(); }},
      {"a program is empty", [](NativeParts& p) { p.programs[2].clear(); }},
      {"'.data' is no name", [](NativeParts& p) { p.debug_sections[0].name = ".data"; }},
      {"is no name for a debug", [](NativeParts& p) { p.debug_sections[0].name = ".debug_ x"; }},
      {"function 'local' at 80 with 17 bytes", [](NativeParts& p) { p.symbols[0].size = 17; }},
      {"function 'local' at 97", [](NativeParts& p) { p.symbols[0].offset = 97; }},
      {"'' is no name for a symbol", [](NativeParts& p) { p.symbols[0].name.clear(); }},
      {"is no name for a symbol", [](NativeParts& p) { p.symbols[0].name += '\0'; }},
      {"5 global functions for 4", [](NativeParts& p) { p.symbols[0].global = true; }},
      {"3 global functions for 4", [](NativeParts& p) { p.symbols[1].global = false; }},
      {"no global function 'weir_size' at 0", [](NativeParts& p) { p.symbols[1].name = "other"; }},
      {"no global function 'weir_size' at 0", [](NativeParts& p) { p.symbols[1].offset = 16; }},
      {"two programs have the symbol",
       [](NativeParts& p) { p.manifest.programs[0].symbol = p.manifest.programs[1].symbol; }},
      {"made for ABI 77", [](NativeParts& p) { p.manifest.abi = 77; }},
      {"entry point at 4,", [](NativeParts& p) { p.manifest.programs[0].entry = 4; }},
  };
  for (const Case& c : cases) {
    NativeParts parts = sample::parts();
    c.change(parts);
    const auto result = write_native_object(parts);
    ASSERT_FALSE(result) << c.message;
    EXPECT_THAT(result.error().message(), HasSubstr(c.message));
  }
}

TEST(ArtifactWriter, SectionLimit) {
  NativeParts parts = sample::parts();
  const size_t others = kFirstProgramIndex + parts.programs.size() + kTrailingSections;
  parts.debug_sections.assign(kMaxNativeSections - others, {".debug_x", {1}});
  EXPECT_TRUE(write_native_object(parts));
  parts.debug_sections.push_back({".debug_x", {1}});
  const auto result = write_native_object(parts);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kLimit);
  EXPECT_THAT(result.error().message(), HasSubstr("16385 sections, at most 16384"));
}

}  // namespace
}  // namespace weir
