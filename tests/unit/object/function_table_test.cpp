// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions from the symbols of old compilers, of assembly, of stripped files; and from damaged
// ones.
#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<uint8_t> kSixSlots = code({kMov0, kRet, kMov0, kRet, kMov0, kRet});

std::vector<std::string> functions(const ElfBuilder& elf) {
  const ObjectFile object = read_ok(elf.build(), "f.o");
  std::vector<std::string> out;
  for (const FunctionSymbol& f : object.functions) {
    out.push_back(f.name + " " + std::to_string(f.offset) + "+" + std::to_string(f.size) +
                  (f.entry ? " entry" : ""));
  }
  return out;
}

TEST(FunctionTable, OldCompilersGiveNeitherTypeNorSize) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", kSixSlots);
  elf.add_symbol("last", STT_NOTYPE, STB_GLOBAL, xdp, 32);
  elf.add_symbol("LBB0_1", STT_NOTYPE, STB_LOCAL, xdp, 8);
  elf.add_symbol(".Ltmp0", STT_NOTYPE, STB_LOCAL, xdp, 16);
  elf.add_symbol("quiet", STT_NOTYPE, STB_LOCAL, xdp, 16);
  elf.add_symbol("first", STT_NOTYPE, STB_GLOBAL, xdp, 0);
  elf.add_symbol("end", STT_NOTYPE, STB_GLOBAL, xdp, 48);
  EXPECT_THAT(functions(elf),
              ElementsAre("first 0+16 entry", "quiet 16+16 entry", "last 32+16 entry"));
}

TEST(FunctionTable, LabelsInTypedSectionsAreNoFunctions) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", kSixSlots);
  elf.add_symbol("typed", STT_FUNC, STB_GLOBAL, xdp, 0, 32);
  elf.add_symbol("inside", STT_NOTYPE, STB_GLOBAL, xdp, 16);
  elf.add_symbol("local", STT_NOTYPE, STB_LOCAL, xdp, 32);
  elf.add_symbol("behind", STT_NOTYPE, STB_GLOBAL, xdp, 32);
  EXPECT_THAT(functions(elf), ElementsAre("typed 0+32 entry", "behind 32+16 entry"));
}

TEST(FunctionTable, AliasesShareTheirBytes) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", kSixSlots);
  elf.add_symbol("alias", STT_NOTYPE, STB_GLOBAL, xdp, 0);
  elf.add_symbol("name", STT_FUNC, STB_GLOBAL, xdp, 0, 32);
  elf.add_symbol("other", STT_FUNC, STB_WEAK, xdp, 32, 16);
  EXPECT_THAT(functions(elf),
              ElementsAre("alias 0+32 entry", "name 0+32 entry", "other 32+16 entry"));
}

TEST(FunctionTable, CodeWithoutSymbolsGetsANameFromItsPlace) {
  ElfBuilder stripped;
  stripped.add_code("xdp", kSixSlots);
  EXPECT_THAT(functions(stripped), ElementsAre("xdp+0 0+48 entry"));

  ElfBuilder gaps;
  const uint16_t tc = gaps.add_code("tc", kSixSlots);
  gaps.add_symbol("middle", STT_FUNC, STB_GLOBAL, tc, 16, 16);
  EXPECT_THAT(functions(gaps),
              ElementsAre("tc+0 0+16 entry", "middle 16+16 entry", "tc+32 32+16 entry"));
}

TEST(FunctionTable, TextIsForSubprogramsWhenThereIsAnotherSection) {
  ElfBuilder elf;
  const uint16_t text = elf.add_code(".text", kSixSlots);
  const uint16_t unlikely = elf.add_code(".text.unlikely.", kSixSlots);
  const uint16_t xdp = elf.add_code("xdp", kSixSlots);
  elf.add_symbol("a", STT_FUNC, STB_GLOBAL, text, 0, 48);
  elf.add_symbol("b", STT_FUNC, STB_GLOBAL, unlikely, 0, 48);
  elf.add_symbol("c", STT_FUNC, STB_LOCAL, xdp, 0, 48);
  EXPECT_THAT(functions(elf), ElementsAre("a 0+48", "b 0+48", "c 0+48 entry"));
}

TEST(FunctionTable, TextAloneHoldsPrograms) {
  ElfBuilder globals;
  const uint16_t text = globals.add_code(".text", kSixSlots);
  globals.add_code("empty", {});  // an empty section is not another one
  globals.add_symbol("a", STT_FUNC, STB_LOCAL, text, 0, 16);
  globals.add_symbol("b", STT_FUNC, STB_GLOBAL, text, 16, 16);
  globals.add_symbol("c", STT_FUNC, STB_GLOBAL, text, 32, 16);
  EXPECT_THAT(functions(globals), ElementsAre("a 0+16", "b 16+16 entry", "c 32+16 entry"));

  ElfBuilder locals;
  const uint16_t only = locals.add_code(".text", kSixSlots);
  locals.add_symbol("a", STT_FUNC, STB_LOCAL, only, 0, 16);
  locals.add_symbol("b", STT_FUNC, STB_LOCAL, only, 16, 32);
  EXPECT_THAT(functions(locals), ElementsAre("a 0+16 entry", "b 16+32"));
}

TEST(FunctionTable, DamagedExtents) {
  auto error = [](std::initializer_list<std::pair<uint64_t, uint64_t>> extents) {
    ElfBuilder elf;
    const uint16_t xdp = elf.add_code("xdp", kSixSlots);
    int n = 0;
    for (auto [offset, size] : extents) {
      elf.add_symbol("f" + std::to_string(n++), STT_FUNC, STB_GLOBAL, xdp, offset, size);
    }
    return read_error(elf.build());
  };
  EXPECT_EQ(error({{48, 8}}),
            "error: f.o: section 'xdp': function 'f0' is at 48 and has 8 bytes, but the section "
            "has 48 [elf-malformed]\nhint: the symbol table is damaged: build the file again");
  EXPECT_THAT(error({{0, UINT64_MAX}}),
              HasSubstr("has 18446744073709551615 bytes, but the section"));
  EXPECT_THAT(error({{4, 8}}),
              HasSubstr("is at 4 and has 8 bytes, but instructions are multiples"));
  EXPECT_THAT(error({{8, 12}}),
              HasSubstr("is at 8 and has 12 bytes, but instructions are multiples"));
  EXPECT_THAT(error({{0, 32}, {16, 16}}),
              HasSubstr("function 'f0' has 32 bytes from 0 on, but function 'f1' starts at 16"));
  EXPECT_THAT(error({{0, 32}, {0, 16}}),
              HasSubstr("function 'f1' has 16 bytes, but 'f0' at the same place has 32"));
}

}  // namespace
}  // namespace weir
