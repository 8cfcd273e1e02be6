// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Map definitions of both kinds, and what is wrong with bad ones.
#include <bpf/btf.h>

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

const MapDef& map_named(const ObjectFile& object, std::string_view name) {
  for (const MapDef& map : object.maps) {
    if (map.name == name) return map;
  }
  ADD_FAILURE() << "no map " << name;
  static const MapDef none;
  return none;
}

TEST(MapDefs, BtfDefined) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("btf_maps.o");
  ASSERT_EQ(object.maps.size(), 6u);
  ASSERT_EQ(object.map_places.size(), 6u);

  const MapDef& flows = map_named(object, "flows");
  EXPECT_EQ(flows.type, 1u);
  EXPECT_EQ(flows.key_size, 8u);
  EXPECT_EQ(flows.value_size, 8u);
  EXPECT_EQ(flows.max_entries, 1024u);
  EXPECT_EQ(flows.flags, 1u);
  EXPECT_EQ(flows.pinning, 1u);
  EXPECT_NE(flows.key_type_id, 0u);
  EXPECT_NE(flows.value_type_id, 0u);

  const MapDef& counts = map_named(object, "counts");
  EXPECT_EQ(counts.type, 2u);
  EXPECT_EQ(counts.key_size, 4u);
  EXPECT_EQ(counts.value_size, 8u);
  EXPECT_EQ(counts.key_type_id, 0u);

  EXPECT_EQ(map_named(object, "events").max_entries, 4096u);
  for (size_t i = 0; i < object.maps.size(); ++i) {
    const ObjectFile::MapPlace& place = object.map_places[i];
    EXPECT_EQ(object.sections[place.section].name, ".maps");
    if (i > 0) {
      EXPECT_LT(object.map_places[i - 1].offset, place.offset);
    }
    const std::string& name = object.maps[i].name;
    EXPECT_EQ(object.maps[i].map_extra, name == "seen" ? 3u : 0u);
    EXPECT_EQ(object.maps[i].inner.size(), name == "outer" ? 1u : 0u);
    if (name != "outer") continue;
    EXPECT_EQ(object.maps[i].value_size, 4u);
    EXPECT_EQ(object.maps[i].inner[0].max_entries, 16u);
    EXPECT_EQ(object.maps[i].inner[0].value_size, 4u);
    EXPECT_EQ(object.maps[i].inner[0].name, "");
    ASSERT_EQ(object.maps[i].slots.size(), 1u);
    EXPECT_EQ(object.maps[i].slots[0].slot, 0u);
    EXPECT_EQ(object.maps[i].slots[0].name, "first_inner");
  }
}

TEST(MapDefs, BtfDefinedWithoutBtf) {
  NEEDS_CLANG();
  EXPECT_EQ(read_error(input_bytes("btf_maps_no_btf.o")),
            "error: f.o: section '.maps': maps are defined here, but the file has no .BTF, which "
            "describes them [map-definition]\nhint: compile with clang -g, and do not "
            "strip .BTF");
}

TEST(MapDefs, Legacy) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("legacy_maps.o");
  std::vector<std::string> found;
  for (const MapDef& m : object.maps) {
    found.push_back(m.name + " " + std::to_string(m.type) + " " + std::to_string(m.key_size) + " " +
                    std::to_string(m.value_size) + " " + std::to_string(m.max_entries) + " " +
                    std::to_string(m.flags) + " " + std::to_string(m.pinning));
  }
  EXPECT_THAT(found, ElementsAre("table 1 4 8 100 1 0", "pinned 2 4 16 3 0 1", "last 6 4 8 1 0 0"));
}

// A "maps" section of `words`, with symbols without sizes at `offsets`.
ElfBuilder legacy(const std::vector<uint32_t>& words, std::initializer_list<uint64_t> offsets) {
  ElfBuilder elf;
  const uint16_t maps =
      elf.add_section("maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes_of(words));
  int n = 0;
  for (uint64_t offset : offsets) {
    elf.add_symbol("m" + std::to_string(n++), STT_NOTYPE, STB_GLOBAL, maps, offset);
  }
  return elf;
}

TEST(MapDefs, LegacySizesComeFromTheDistanceOfSymbols) {
  std::vector<uint32_t> words = {1, 4, 8, 100};                  // 16 bytes: no flags
  words.insert(words.end(), {2, 4, 8, 5, 1});                    // 20
  words.insert(words.end(), {2, 4, 8, 6, 0, 9, 9});              // 28: kernel samples
  words.insert(words.end(), {6, 4, 8, 7, 0, 3, 2, 4, 5});        // 36: iproute2
  words.insert(words.end(), {6, 4, 8, 8, 0, 0, 0, 0, 0, 0, 0});  // 44: longer, but zero
  const ObjectFile object = read_ok(legacy(words, {64, 0, 36, 16, 100}).build(), "f.o");
  std::vector<uint32_t> entries;
  for (const MapDef& m : object.maps) entries.push_back(m.max_entries);
  EXPECT_THAT(entries, ElementsAre(100, 5, 6, 7, 8));
  EXPECT_EQ(object.maps[1].flags, 1u);
  EXPECT_EQ(object.maps[3].pinning, 1u);
  EXPECT_EQ(object.maps[2].pinning, 0u);
}

TEST(MapDefs, BadLegacy) {
  EXPECT_THAT(read_error(legacy({1, 4, 8}, {0}).build()),
              HasSubstr("section 'maps': map 'm0': the definition has 12 bytes, but a struct "
                        "bpf_map_def has at least 16 [map-definition]"));
  EXPECT_THAT(
      read_error(legacy({1, 4, 8, 1, 0}, {}).build()),
      HasSubstr("section 'maps': the section has 20 bytes, but no symbol names a map in it"));
  EXPECT_THAT(read_error(legacy({1, 4, 8, 1, 0}, {1 << 20}).build()),
              HasSubstr("map 'm0': the definition at 1048576 does not fit into the section of 20"));
  EXPECT_THAT(read_error(legacy({0, 4, 8, 1, 0}, {0}).build()),
              HasSubstr("map 'm0': the type is 0, which is no map type"));
  EXPECT_THAT(read_error(legacy({1, 4, 8, 1, 0, 0, 0, 0, 0, 9}, {0}).build()),
              HasSubstr("has 40 bytes, and those after byte 36 are not zero"));
}

// BTF with one map "m" in .maps, whose definition `make` fills with members.
class BtfMap {
 public:
  BtfMap() : btf_(btf__new_empty()) { int_ = btf__add_int(btf_, "int", 4, BTF_INT_SIGNED); }
  ~BtfMap() { btf__free(btf_); }
  BtfMap(const BtfMap&) = delete;

  int uint_type(uint32_t n) { return btf__add_ptr(btf_, btf__add_array(btf_, int_, int_, n)); }
  int pointer_to(int id) { return btf__add_ptr(btf_, id); }
  int int_id() const { return int_; }
  btf* raw() { return btf_; }

  // Members as (name, type id), made before the struct.
  std::string error(const std::vector<std::pair<const char*, int>>& members) {
    return read_error(object(members));
  }
  std::vector<uint8_t> object(const std::vector<std::pair<const char*, int>>& members) {
    const int def = btf__add_struct(btf_, nullptr, members.size() * 8);
    uint32_t bit = 0;
    for (auto [name, type] : members) {
      EXPECT_EQ(btf__add_field(btf_, name, type, bit, 0), 0);
      bit += 64;
    }
    return object_of(def);
  }
  std::vector<uint8_t> object_of(int type) {
    const int var = btf__add_var(btf_, "m", BTF_VAR_GLOBAL_ALLOCATED, type);
    btf__add_datasec(btf_, ".maps", 32);
    btf__add_datasec_var_info(btf_, var, 0, 32);
    uint32_t size = 0;
    const auto* data = static_cast<const uint8_t*>(btf__raw_data(btf_, &size));
    ElfBuilder elf;
    const uint16_t maps =
        elf.add_section(".maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, std::vector<uint8_t>(32));
    elf.add_symbol("m", STT_OBJECT, STB_GLOBAL, maps, 0, 32);
    elf.add_section(".BTF", SHT_PROGBITS, 0, std::vector<uint8_t>(data, data + size));
    return elf.build();
  }

 private:
  btf* btf_;
  int int_;
};

TEST(MapDefs, BadBtfDefinitions) {
  {
    BtfMap m;
    EXPECT_EQ(
        m.error({{"type", m.uint_type(1)}, {"colour", m.uint_type(2)}}),
        "error: f.o: section '.maps': map 'm': unknown field 'colour' [map-definition]\nhint: "
        "known are type, max_entries, map_flags, numa_node, key, key_size, value, value_size, "
        "map_extra, and (not for inner maps) pinning and values");
  }
  {
    BtfMap m;
    EXPECT_THAT(m.error({{"max_entries", m.uint_type(1)}}),
                HasSubstr("map 'm': the field 'type' is missing"));
  }
  {
    BtfMap m;
    EXPECT_THAT(m.error({{"type", m.int_id()}}),
                HasSubstr("map 'm': field 'type' is not written as __uint(type, number)"));
  }
  {
    BtfMap m;
    EXPECT_THAT(m.error({{"key", m.int_id()}}),
                HasSubstr("map 'm': field 'key' is not written as __type(key, T)"));
  }
  {
    BtfMap m;
    EXPECT_THAT(m.error({{"key", m.pointer_to(0)}}),
                HasSubstr("map 'm': field 'key': type 0 (void '') has no size"));
  }
  {
    BtfMap m;
    EXPECT_THAT(m.error({{"key", m.pointer_to(m.int_id())}, {"key_size", m.uint_type(8)}}),
                HasSubstr("map 'm': key and key_size disagree: 4 and 8 bytes"));
  }
  {
    BtfMap m;
    EXPECT_THAT(m.error({{"values", m.uint_type(1)}}),
                HasSubstr("map 'm': field 'values' is not written as __array(values, T)"));
  }
  {
    BtfMap m;
    EXPECT_THAT(read_error(m.object_of(m.int_id())),
                HasSubstr("map 'm': the definition is no struct"));
  }
}

TEST(MapDefs, TypedefsThatNeverEnd) {
  BtfMap m;
  // 2 and 3 are each other's typedef.
  btf__add_typedef(m.raw(), "a", 3);
  btf__add_typedef(m.raw(), "b", 2);
  EXPECT_THAT(m.error({{"type", 2}}),
              HasSubstr("typedefs or qualifiers of type 2 are nested deeper than 32"));
  BtfMap n;
  const int key = btf__add_typedef(n.raw(), "a", 3);
  btf__add_typedef(n.raw(), "b", 2);
  EXPECT_THAT(n.error({{"key", n.pointer_to(key)}}), HasSubstr("(typedef 'a') has no size"));
}

TEST(MapDefs, WiderMapExtra) {
  BtfMap m;
  const int wide = btf__add_enum64(m.raw(), nullptr, 8, false);
  btf__add_enum64_value(m.raw(), "X", 0x123456789aull);
  const ObjectFile object =
      read_ok(m.object({{"type", m.uint_type(30)}, {"map_extra", wide}}), "f.o");
  EXPECT_EQ(object.maps.at(0).map_extra, 0x123456789aull);
}

}  // namespace
}  // namespace weir
