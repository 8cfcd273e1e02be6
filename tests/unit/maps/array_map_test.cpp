// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/array_map.h"

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

TEST(ArrayMap, EveryEntryIsThereFromTheStart) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 12, 10));
  Map* map = handle.map();
  for (uint32_t index = 0; index < 10; ++index) {
    const auto* value = static_cast<uint8_t*>(map_lookup(map, &index, 0));
    ASSERT_NE(value, nullptr);
    for (int i = 0; i < 12; ++i) EXPECT_EQ(value[i], 0);
  }
  const uint32_t outside = 10;
  EXPECT_EQ(map_lookup(map, &outside, 0), nullptr);
  const uint32_t huge = UINT32_MAX;
  EXPECT_EQ(map_lookup(map, &huge, 0), nullptr);
}

TEST(ArrayMap, RandomUpdatesAgainstAVector) {
  for (const uint32_t size : {1u, 2u, 3u, 4u, 7u, 8u, 12u, 40u, 100u}) {
    const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, size, 33));
    std::vector<Bytes> model(33, Bytes(size));
    std::minstd_rand random(size);
    for (int round = 0; round < 2000; ++round) {
      const auto index = static_cast<uint32_t>(random() % 35);
      const Bytes value = value_bytes(random(), size);
      const int64_t result = map_update(handle.map(), &index, value.data(), BPF_ANY, 0);
      ASSERT_EQ(result, index < 33 ? 0 : -E2BIG);
      if (index < 33) model[index] = value;
      const auto asked = static_cast<uint32_t>(random() % 33);
      ASSERT_EQ(std::memcmp(map_lookup(handle.map(), &asked, 0), model[asked].data(), size), 0);
    }
  }
}

TEST(ArrayMap, FlagsAndDelete) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 8, 4));
  const uint32_t index = 1;
  const uint64_t value = 5;
  EXPECT_EQ(map_update(handle.map(), &index, &value, BPF_NOEXIST, 0), -EEXIST);
  EXPECT_EQ(map_update(handle.map(), &index, &value, BPF_EXIST, 0), 0);
  EXPECT_EQ(map_update(handle.map(), &index, &value, 3, 0), -EINVAL);
  EXPECT_EQ(map_update(handle.map(), &index, &value, BPF_F_LOCK, 0), -EINVAL);
  EXPECT_EQ(map_delete(handle.map(), &index), -EINVAL);
  EXPECT_EQ(map_push(handle.map(), &value, 0), -kENotSupp);
}

TEST(ArrayMap, PerCpuValuesAreApart) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 5);
  spec.cpu_slots = 3;
  const MapHandle handle = make_map(spec);
  Map* map = handle.map();
  for (uint32_t index = 0; index < 5; ++index) {
    for (uint32_t cpu = 0; cpu < 3; ++cpu) {
      const Bytes value = value_bytes(index * 10 + cpu, 12);
      ASSERT_EQ(map_update(map, &index, value.data(), BPF_ANY, cpu), 0);
    }
  }
  for (uint32_t index = 0; index < 5; ++index) {
    Bytes all(map_host_value_size(map));
    ASSERT_EQ(all.size(), 48u);
    ASSERT_EQ(map_host_lookup(map, &index, all.data(), 0), 0);
    for (uint32_t cpu = 0; cpu < 3; ++cpu) {
      EXPECT_EQ(number_of_value(map_lookup_percpu(map, &index, cpu), 12), index * 10 + cpu);
      EXPECT_EQ(number_of_value(all.data() + cpu * 16, 12), index * 10 + cpu);
    }
    EXPECT_EQ(map_lookup_percpu(map, &index, 3), nullptr);
  }
  Bytes all(48);
  for (uint32_t cpu = 0; cpu < 3; ++cpu) {
    const Bytes value = value_bytes(77 + cpu, 12);
    std::memcpy(all.data() + cpu * 16, value.data(), 12);
  }
  const uint32_t index = 4;
  ASSERT_EQ(map_host_update(map, &index, all.data(), BPF_ANY), 0);
  EXPECT_EQ(number_of_value(map_lookup(map, &index, 2), 12), 79u);
  // Different CPUs' values never share a cache line.
  const auto* first = static_cast<uint8_t*>(map_lookup(map, &index, 0));
  const auto* second = static_cast<uint8_t*>(map_lookup(map, &index, 1));
  EXPECT_EQ((second - first) % 128, 0);
}

TEST(ArrayMap, Walks) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 8, 4));
  uint32_t key = 9;
  ASSERT_EQ(map_get_next_key(handle.map(), nullptr, &key), 0);
  EXPECT_EQ(key, 0u);
  for (uint32_t expected = 1; expected < 4; ++expected) {
    ASSERT_EQ(map_get_next_key(handle.map(), &key, &key), 0);
    EXPECT_EQ(key, expected);
  }
  EXPECT_EQ(map_get_next_key(handle.map(), &key, &key), -ENOENT);
  key = 1000;
  ASSERT_EQ(map_get_next_key(handle.map(), &key, &key), 0);
  EXPECT_EQ(key, 0u);

  MapCursor cursor;
  void* value = nullptr;
  uint32_t seen = 0;
  while (map_advance(handle.map(), cursor, 0, &key, &value)) {
    EXPECT_EQ(key, seen++);
    EXPECT_EQ(value, map_lookup(handle.map(), &key, 0));
  }
  EXPECT_EQ(seen, 4u);
}

TEST(ArrayMap, HoldsValuesAndNothingElse) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 12, 3));
  Map* map = handle.map();
  const uint32_t zero = 0;
  auto* value = static_cast<uint8_t*>(map_lookup(map, &zero, 0));
  EXPECT_TRUE(map_holds(map, value, 12));
  EXPECT_TRUE(map_holds(map, value + 11, 1));
  EXPECT_FALSE(map_holds(map, value + 11, 2));
  EXPECT_FALSE(map_holds(map, value + 12, 1));  // padding
  EXPECT_TRUE(map_holds(map, value + 16, 12));
  EXPECT_TRUE(map_holds(map, value + 32, 12));
  EXPECT_FALSE(map_holds(map, value + 48, 1));
  EXPECT_FALSE(map_holds(map, value - 1, 1));
  EXPECT_FALSE(map_holds(map, value, 13));
  EXPECT_FALSE(map_holds(map, value, UINT64_MAX));
  EXPECT_FALSE(map_holds(map, value, 0));
  EXPECT_FALSE(map_holds(map, map, 8));
  EXPECT_FALSE(map_holds(map, nullptr, 8));
}

TEST(ArrayMap, UpdatesUnderTheSpinLock) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_ARRAY, 4, 16, 2);
  spec.spin_lock_offset = 4;
  const MapHandle handle = make_map(spec);
  const uint32_t index = 0;
  const uint32_t value[4] = {1, 0xffff, 2, 3};
  ASSERT_EQ(map_update(handle.map(), &index, value, BPF_F_LOCK, 0), 0);
  uint32_t read[4] = {};
  ASSERT_EQ(map_host_lookup(handle.map(), &index, read, BPF_F_LOCK), 0);
  EXPECT_EQ(read[0], 1u);
  EXPECT_EQ(read[1], 0u);  // the lock itself is neither written nor read
  EXPECT_EQ(read[2], 2u);
  EXPECT_EQ(read[3], 3u);
}

TEST(ArrayMap, FrozenForTheHost) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_ARRAY, 4, 8, 2, BPF_F_RDONLY_PROG));
  const uint32_t index = 0;
  const uint64_t value = 1;
  EXPECT_EQ(map_update(handle.map(), &index, &value, BPF_ANY, 0), -EACCES);
  EXPECT_EQ(map_host_update(handle.map(), &index, &value, BPF_ANY), 0);
  EXPECT_EQ(map_freeze(handle.map()), 0);
  EXPECT_EQ(map_freeze(handle.map()), -EPERM);
  EXPECT_EQ(map_host_update(handle.map(), &index, &value, BPF_ANY), -EPERM);
}

}  // namespace
}  // namespace weir
