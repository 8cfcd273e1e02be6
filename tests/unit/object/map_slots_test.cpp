// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maps that hold something from the start, and the shape of inner maps, in all three notations.
#include <linux/bpf.h>

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> slots_of(const MapDef& map) {
  std::vector<std::string> out;
  for (const MapSlot& slot : map.slots) {
    out.push_back(std::to_string(slot.slot) + " " + slot.name);
  }
  return out;
}

std::vector<std::string> names(const Program& program) {
  std::vector<std::string> out;
  for (const MapDef& map : program.maps) out.push_back(map.name);
  return out;
}

TEST(MapSlots, BtfDefined) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("slots.o");
  // The maps in a map come along, though no instruction refers to them.
  const Program outer = link_ok(object, "use_outer");
  EXPECT_THAT(names(outer), ElementsAre("outer", "second", "first"));
  EXPECT_THAT(slots_of(outer.maps[0]), ElementsAre("1 second", "4 first"));
  ASSERT_EQ(outer.maps[0].inner.size(), 1u);
  EXPECT_EQ(outer.maps[0].inner[0].flags, uint32_t{BPF_F_INNER_MAP});
  EXPECT_EQ(outer.maps[0].inner[0].max_entries, 16u);

  const Program steps = link_ok(object, "use_steps");
  EXPECT_THAT(names(steps), ElementsAre("steps"));
  EXPECT_THAT(slots_of(steps.maps[0]), ElementsAre("0 first_step", "3 last_step"));

  const MapDef locked = link_ok(object, "use_locked").maps.at(0);
  EXPECT_EQ(locked.spin_lock_offset, 8u);
  EXPECT_EQ(locked.numa_node, 1u);
  EXPECT_EQ(outer.maps[0].spin_lock_offset, std::nullopt);
}

TEST(MapSlots, Iproute2) {
  NEEDS_CLANG();
  const Program program = link_ok(read_input("iproute2_maps.o"), "start");
  EXPECT_THAT(names(program), ElementsAre("jumps", "outer", "inner"));
  EXPECT_THAT(slots_of(program.maps[0]), ElementsAre("0 at_zero", "5 at_five"));
  EXPECT_THAT(slots_of(program.maps[1]), ElementsAre("3 inner"));
  ASSERT_EQ(program.maps[1].inner.size(), 1u);
  EXPECT_EQ(program.maps[1].inner[0].value_size, 16u);
}

// A file with legacy maps, one of `words` each, in a section of its own or in one.
ObjectFile legacy(const std::vector<std::vector<uint32_t>>& maps, bool apart) {
  ElfBuilder elf;
  std::vector<uint32_t> all;
  for (const auto& words : maps) all.insert(all.end(), words.begin(), words.end());
  uint16_t section =
      apart ? 0 : elf.add_section("maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes_of(all));
  uint64_t at = 0;
  for (size_t i = 0; i < maps.size(); ++i) {
    const std::string name = "m" + std::to_string(i);
    const uint64_t size = maps[i].size() * 4;
    if (apart) {
      section =
          elf.add_section("maps/" + name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes_of(maps[i]));
    }
    elf.add_symbol(name, STT_OBJECT, STB_GLOBAL, section, apart ? 0 : at, size);
    at += size;
  }
  auto object = read_elf(elf.build(), "f.o");
  EXPECT_TRUE(object) << object.error().to_string();
  return object ? std::move(*object) : ObjectFile();
}

TEST(MapSlots, KernelSamples) {
  for (const bool apart : {false, true}) {
    const ObjectFile object =
        legacy({{12, 4, 4, 1, 0, 2, 0}, {13, 4, 4, 1, 0, 0, 0}, {2, 4, 8, 3, 4, 0, 1}}, apart);
    ASSERT_EQ(object.maps.size(), 3u);
    ASSERT_EQ(object.maps[0].inner.size(), 1u);
    EXPECT_EQ(object.maps[0].inner[0].value_size, 8u);
    EXPECT_EQ(object.maps[0].inner[0].name, "");
    EXPECT_THAT(object.maps[0].slots, IsEmpty());
    // Index 0 is a map of maps: the field was left zero.
    EXPECT_THAT(object.maps[1].inner, IsEmpty());
    EXPECT_EQ(object.maps[2].numa_node, 1u);
  }
}

TEST(MapSlots, SizesOfLegacyDefinitions) {
  const ObjectFile object =
      legacy({{1, 4, 8, 0}, {1, 4, 8, 0, 1}, {1, 4, 8, 0, 1, 9}, {1, 4, 8, 0, 1, 9, 9}}, true);
  ASSERT_EQ(object.maps.size(), 4u);
  for (const MapDef& map : object.maps) EXPECT_EQ(map.max_entries, 0u);
  EXPECT_EQ(object.maps[0].flags, 0u);
  EXPECT_EQ(object.maps[3].flags, 1u);
  EXPECT_EQ(object.maps[3].numa_node, 0u);  // not with this flag
}

TEST(MapSlots, BadLinks) {
  auto error = [](const std::vector<uint32_t>& words, const char* program_section = "xdp") {
    ElfBuilder elf;
    const uint16_t maps =
        elf.add_section("maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes_of(words));
    elf.add_symbol("m", STT_OBJECT, STB_GLOBAL, maps, 0, words.size() * 4);
    for (int i = 0; i < 2; ++i) {
      const uint16_t xdp = elf.add_code(program_section, code({kMov0, kRet}));
      elf.add_symbol("f" + std::to_string(i), STT_FUNC, STB_GLOBAL, xdp, 0, 16);
    }
    return read_error(elf.build());
  };
  EXPECT_THAT(error({12, 4, 4, 1, 0, 5, 0}),
              HasSubstr("map 'm': inner_map_idx is 5, but the file has no such map"));
  EXPECT_THAT(error({12, 4, 4, 1, 0, 1, 0, 9, 0}),
              HasSubstr("map 'm': inner_id is 9, but no map has that id"));
  EXPECT_THAT(error({12, 4, 4, 1, 0, 9, 0, 9, 0}),
              HasSubstr("the inner map 'm' is a map of maps itself"));
  EXPECT_THAT(error({3, 4, 4, 8, 0, 7, 0, 0, 0}, "7/2"),
              HasSubstr("slot 2 is given twice, to 'f0' and to 'f1'"));
  EXPECT_THAT(error({3, 4, 4, 2, 0, 7, 0, 0, 0}, "7/2"),
              HasSubstr("'f0' goes into slot 2, but the map has 2 entries"));
}

}  // namespace
}  // namespace weir
