// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Global data: which maps it becomes, and where in their values the variables are.
#include "frontend/object/data_maps.h"

#include <linux/bpf.h>

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "name size flags [ro]" of each map.
std::vector<std::string> maps_of(const Program& program) {
  std::vector<std::string> out;
  for (const MapDef& map : program.maps) {
    EXPECT_EQ(map.type, uint32_t{BPF_MAP_TYPE_ARRAY});
    EXPECT_EQ(map.key_size, 4u);
    EXPECT_EQ(map.max_entries, 1u);
    out.push_back(map.name + " " + std::to_string(map.value_size) + " " +
                  std::to_string(map.flags) + (map.read_only ? " ro" : ""));
  }
  return out;
}

// "map+offset" of each address of a variable, in the order of the code.
std::vector<std::string> addresses(const Program& program) {
  std::vector<std::string> out;
  for (const Instruction& insn : program.insns) {
    if (insn.op != Op::kLddwMapValue) continue;
    out.push_back(program.maps.at(insn.target).name + "+" + std::to_string(insn.imm));
  }
  return out;
}

TEST(DataMaps, NamesAreThoseOfLibbpf) {
  EXPECT_EQ(data_map_name("filter.bpf.o", ".rodata"), "filter.rodata");
  EXPECT_EQ(data_map_name("dir.d/filter.o", ".bss"), "filter.bss");
  EXPECT_EQ(data_map_name("a_long_name.o", ".rodata"), "a_long_n.rodata");
  EXPECT_EQ(data_map_name("a_long_name.o", ".data"), "a_long_n.data");
  EXPECT_EQ(data_map_name("a_long_name.o", ".bss"), "a_long_n.bss");
  EXPECT_EQ(data_map_name("a_long_name.o", ".kconfig"), "a_long_.kconfig");
  EXPECT_EQ(data_map_name("f-1 x.o", ".bss"), "f_1_x.bss");
  EXPECT_EQ(data_map_name("", ".data"), ".data");
  EXPECT_EQ(data_map_name("f.o", ".rodata.str1.1"), ".rodata.str1.1");
  EXPECT_EQ(data_map_name("f.o", ".data.counters_and_more"), ".data.counters_and_more");
  EXPECT_EQ(data_map_name("f.o", "stats"), "stats");
}

TEST(DataMaps, OneForEachSection) {
  NEEDS_CLANG();
  for (const char* input : {"data.o", "data_no_btf.o"}) {
    SCOPED_TRACE(input);
    ObjectFile object = read_input(input);
    object.path = "folder/data.bpf.o";
    // BTF says which sections have variables for others to see.
    const bool btf = std::string_view(input) == "data.o";
    const std::string shared = btf ? "1024" : "0";
    const std::string shared_ro = btf ? "1152 ro" : "128 ro";

    const Program bss = link_ok(object, "use_bss");
    EXPECT_THAT(maps_of(bss), ElementsAre("data.bss 4 " + shared));
    EXPECT_THAT(bss.maps[0].initial, IsEmpty());
    EXPECT_THAT(addresses(bss), ElementsAre("data.bss+0"));
    EXPECT_EQ(bss.maps[0].value_type_id != 0, btf);

    const Program data = link_ok(object, "use_data");
    EXPECT_THAT(maps_of(data), ElementsAre("data.data 4 0"));
    EXPECT_THAT(data.maps[0].initial, ElementsAre(5, 0, 0, 0));

    const Program rodata = link_ok(object, "use_rodata");
    EXPECT_THAT(maps_of(rodata), ElementsAre("data.rodata 10 " + shared_ro));
    EXPECT_EQ(rodata.maps[0].initial.size(), 10u);

    // The static table is reached through the section's symbol and an addend.
    const Program table = link_ok(object, "use_table");
    EXPECT_EQ(table.maps.size(), 1u);
    const auto found = addresses(table);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_THAT(found, testing::UnorderedElementsAre("data.rodata+0", "data.rodata+4"));
    EXPECT_THAT(std::vector(table.maps[0].initial.begin() + 4, table.maps[0].initial.end()),
                ElementsAre(1, 2, 3, 5, 7, 11));

    const Program all = link_ok(object, "use_all");
    EXPECT_THAT(maps_of(all),
                testing::UnorderedElementsAre(
                    "data.bss 4 " + shared, "data.data 4 0", "data.rodata 10 " + shared_ro,
                    ".data.hits 32 " + shared, ".rodata.config 4 " + shared_ro,
                    ".bss.scratch 16 " + shared, "stats 4 " + shared));
    EXPECT_THAT(addresses(all), testing::SizeIs(7));
  }
}

// A program that loads the address `addend` bytes into a section, and returns.
ElfBuilder user_of(const std::string& name, uint32_t type, uint64_t flags, size_t size,
                   int32_t addend) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", code({insn(0x18, 1, 0, 0, addend), insn(0), kRet}));
  elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, 24);
  const uint16_t data = elf.add_section(name, type, flags, std::vector<uint8_t>(size, 7));
  elf.add_relocation(xdp, 0, kReloc64_64, elf.add_symbol("", STT_SECTION, STB_LOCAL, data));
  return elf;
}

TEST(DataMaps, TheNameSaysWhatIsReadOnly) {
  // Flags differ between compilers; libbpf goes by the name.
  auto read_only = [](const char* name, uint64_t flags) {
    return link_ok(read_ok(user_of(name, SHT_PROGBITS, flags, 8, 0).build(), "f.o"), "f")
        .maps.at(0)
        .read_only;
  };
  EXPECT_TRUE(read_only(".rodata", SHF_ALLOC | SHF_WRITE));
  EXPECT_TRUE(read_only(".rodata.str1.1", SHF_ALLOC | SHF_MERGE | SHF_STRINGS));
  EXPECT_FALSE(read_only(".data", SHF_ALLOC));
  EXPECT_FALSE(read_only(".data.x", SHF_ALLOC | SHF_WRITE));
  EXPECT_TRUE(read_only("constants", SHF_ALLOC));
  EXPECT_FALSE(read_only("variables", SHF_ALLOC | SHF_WRITE));
}

TEST(DataMaps, TheEndIsAnAddressAndNoMore) {
  auto result = [](int32_t addend, size_t size = 8) {
    return link(
        read_ok(user_of(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, size, addend).build(), "f.o"),
        "f");
  };
  EXPECT_EQ(result(8)->insns.at(0).imm, 8);
  EXPECT_FALSE(result(9));
  EXPECT_THAT(result(0, 0).error().message(),
              HasSubstr("refers to offset 0 of section '.data', which has 0 bytes"));
}

TEST(DataMaps, AsLargeAsAnArraysValue) {
  auto result = [](uint64_t size) {
    ElfBuilder elf = user_of(".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0, 0);
    elf.section_header(2).sh_size = size;
    return link(read_ok(elf.build(), "f.o"), "f");
  };
  const auto largest = result(INT32_MAX);
  ASSERT_TRUE(largest) << largest.error().to_string();
  EXPECT_EQ(largest->maps[0].value_size, uint32_t{INT32_MAX});
  EXPECT_THAT(largest->maps[0].initial, IsEmpty());
  EXPECT_THAT(result(uint64_t{INT32_MAX} + 1).error().to_string(),
              HasSubstr("section '.bss' has 2147483648 bytes of global data, at most 2147483647"));
}

}  // namespace
}  // namespace weir
