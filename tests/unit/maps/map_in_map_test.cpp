// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/map_in_map.h"

#include <thread>

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

MapHandle make_inner(uint32_t number) {
  const MapHandle inner = make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 4, 2));
  const uint32_t zero = 0;
  EXPECT_EQ(map_update(inner.map(), &zero, &number, BPF_ANY, 0), 0);
  return inner;
}

MapHandle make_outer(uint32_t type, uint32_t key_size = 4) {
  MapSpec spec = spec_of(type, key_size, 4, 4);
  spec.inner = MapShape{BPF_MAP_TYPE_ARRAY, 4, 4, 2, 0};
  return make_map(spec);
}

class MapInMap : public ::testing::TestWithParam<uint32_t> {};

TEST_P(MapInMap, SetsReplacesAndDeletes) {
  const MapHandle outer = make_outer(GetParam());
  const bool hash = GetParam() == BPF_MAP_TYPE_HASH_OF_MAPS;
  const uint32_t key = 1;
  const uint32_t zero = 0;
  EXPECT_EQ(map_lookup(outer.map(), &key, 0), nullptr);
  EXPECT_EQ(set_inner_map(outer, &key, make_inner(5), BPF_ANY), 0);
  auto* first = static_cast<Map*>(map_lookup(outer.map(), &key, 0));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(get_inner_map(outer, &key).map(), first);
  EXPECT_EQ(set_inner_map(outer, &key, make_inner(6), BPF_ANY), 0);
  auto* second = static_cast<Map*>(map_lookup(outer.map(), &key, 0));
  ASSERT_NE(second, first);
  // A program that looked up the first one goes on with it.
  EXPECT_EQ(*static_cast<uint32_t*>(map_lookup(first, &zero, 0)), 5u);
  EXPECT_EQ(*static_cast<uint32_t*>(map_lookup(second, &zero, 0)), 6u);
  release_retired_maps(outer);
  EXPECT_EQ(delete_inner_map(outer, &key), 0);
  EXPECT_EQ(delete_inner_map(outer, &key), -ENOENT);
  EXPECT_EQ(map_lookup(outer.map(), &key, 0), nullptr);
  EXPECT_EQ(*static_cast<uint32_t*>(map_lookup(second, &zero, 0)), 6u);
  uint32_t next = 0;
  EXPECT_EQ(map_get_next_key(outer.map(), nullptr, &next), hash ? -ENOENT : 0);
}

TEST_P(MapInMap, OneMapInSeveralEntries) {
  const MapHandle outer = make_outer(GetParam());
  const MapHandle inner = make_inner(1);
  for (const uint32_t key : {0u, 1u, 2u}) EXPECT_EQ(set_inner_map(outer, &key, inner, 0), 0);
  for (const uint32_t key : {0u, 1u}) EXPECT_EQ(delete_inner_map(outer, &key), 0);
  release_retired_maps(outer);
  const uint32_t key = 2;
  EXPECT_EQ(map_lookup(outer.map(), &key, 0), inner.map());
  EXPECT_EQ(set_inner_map(outer, &key, inner, 0), 0);  // by itself
  release_retired_maps(outer);
  EXPECT_EQ(get_inner_map(outer, &key).map(), inner.map());
}

TEST_P(MapInMap, DemandsTheShape) {
  const MapHandle outer = make_outer(GetParam());
  const uint32_t key = 0;
  EXPECT_EQ(set_inner_map(outer, &key, make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 8, 2)), 0), -EINVAL);
  EXPECT_EQ(set_inner_map(outer, &key, make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 4, 3)), 0), -EINVAL);
  EXPECT_EQ(set_inner_map(outer, &key, make_map(spec_of(BPF_MAP_TYPE_HASH, 4, 4, 2)), 0), -EINVAL);
  EXPECT_EQ(set_inner_map(outer, &key, make_outer(GetParam()), 0), -EINVAL);
  EXPECT_EQ(set_inner_map(outer, &key, {}, 0), -EINVAL);
  EXPECT_EQ(set_inner_map(outer, &key, make_inner(1), 7), -EINVAL);
  // max_entries of hashes is their own business.
  MapSpec spec = spec_of(GetParam(), 4, 4, 4);
  spec.inner = MapShape{BPF_MAP_TYPE_HASH, 4, 4, 2, 0};
  const MapHandle hashes = make_map(spec);
  EXPECT_EQ(set_inner_map(hashes, &key, make_map(spec_of(BPF_MAP_TYPE_HASH, 4, 4, 77)), 0), 0);
}

TEST_P(MapInMap, ThreadsLookWhileTheHostReplaces) {
  const MapHandle outer = make_outer(GetParam());
  const uint32_t key = 3;
  ASSERT_EQ(set_inner_map(outer, &key, make_inner(1000), 0), 0);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  auto look = [&] {
    const uint32_t zero = 0;
    while (!stop) {
      auto* inner = static_cast<Map*>(map_lookup(outer.map(), &key, 0));
      if (inner == nullptr || *static_cast<uint32_t*>(map_lookup(inner, &zero, 0)) < 1000) ++wrong;
    }
  };
  std::thread threads[] = {std::thread(look), std::thread(look)};
  for (uint32_t i = 0; i < 300; ++i) {
    ASSERT_EQ(set_inner_map(outer, &key, make_inner(1000 + i), BPF_ANY), 0);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, MapInMap,
                         ::testing::Values(BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS),
                         [](const auto& info) { return map_type_name(info.param); });

}  // namespace
}  // namespace weir
