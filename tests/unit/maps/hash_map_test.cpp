// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/hash_map.h"

#include <map>
#include <set>
#include <thread>

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

struct HashShape {
  uint32_t type;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t flags;
};

class HashMap : public ::testing::TestWithParam<HashShape> {
 protected:
  MapHandle make() {
    const HashShape& shape = GetParam();
    return make_map(
        spec_of(shape.type, shape.key_size, shape.value_size, shape.max_entries, shape.flags));
  }
  Bytes key(uint64_t number) { return key_bytes(number, GetParam().key_size); }
  Bytes value(uint64_t number) { return value_bytes(number, GetParam().value_size); }
};

TEST_P(HashMap, RandomOperationsAgainstAMap) {
  const HashShape& shape = GetParam();
  const MapHandle handle = make();
  Map* map = handle.map();
  std::map<Bytes, Bytes> model;
  std::minstd_rand random(shape.key_size * 31 + shape.value_size);
  const uint32_t keys = shape.max_entries * 3 / 2 + 1;
  for (int round = 0; round < 20'000; ++round) {
    const Bytes k = key(random() % keys);
    switch (random() % 4) {
      case 0: {
        const int64_t result = map_delete(map, k.data());
        ASSERT_EQ(result, model.erase(k) != 0 ? 0 : -ENOENT);
        break;
      }
      case 1: {
        void* found = map_lookup(map, k.data(), 0);
        const auto at = model.find(k);
        ASSERT_EQ(found != nullptr, at != model.end());
        if (found != nullptr) {
          ASSERT_EQ(std::memcmp(found, at->second.data(), shape.value_size), 0);
          ASSERT_TRUE(map_holds(map, found, shape.value_size));
          if (!is_per_cpu(shape.type)) {  // else another entry's value may be next to it
            ASSERT_FALSE(map_holds(map, static_cast<uint8_t*>(found) - 1, 1));
          }
        }
        break;
      }
      default: {
        const Bytes v = value(random());
        const uint64_t flags = random() % 3;
        const bool there = model.count(k) != 0;
        int64_t expected = 0;
        if (there && flags == BPF_NOEXIST) {
          expected = -EEXIST;
        } else if (!there && flags == BPF_EXIST) {
          expected = -ENOENT;
        } else if (!there && model.size() == shape.max_entries) {
          expected = -E2BIG;
        }
        ASSERT_EQ(map_update(map, k.data(), v.data(), flags, 0), expected);
        if (expected == 0) model[k] = v;
      }
    }
    ASSERT_EQ(map->count, model.size());
  }
  // A walk by keys and one by cursor both see every entry once.
  std::set<Bytes> seen;
  Bytes k(shape.key_size);
  for (int64_t more = map_get_next_key(map, nullptr, k.data()); more == 0;
       more = map_get_next_key(map, k.data(), k.data())) {
    EXPECT_TRUE(model.count(k) != 0 && seen.insert(k).second);
  }
  EXPECT_EQ(seen.size(), model.size());
  MapCursor cursor;
  void* found = nullptr;
  while (map_advance(map, cursor, 0, k.data(), &found)) EXPECT_EQ(seen.erase(k), 1u);
  EXPECT_TRUE(seen.empty());
}

TEST_P(HashMap, FullUpdatesAndEmpties) {
  const HashShape& shape = GetParam();
  const MapHandle handle = make();
  Map* map = handle.map();
  const uint32_t many = std::min(shape.max_entries, shape.key_size == 1 ? 200u : UINT32_MAX);
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < many; ++i) {
      ASSERT_EQ(map_update(map, key(i).data(), value(i).data(), BPF_NOEXIST, 0), 0);
    }
    if (many == shape.max_entries) {
      ASSERT_EQ(map_update(map, key(many).data(), value(1).data(), BPF_ANY, 0), -E2BIG);
    }
    // Existing entries can be updated in a full map, more often than there are spares.
    for (uint32_t i = 0; i < many; ++i) {
      for (uint32_t more = 0; more < 3; ++more) {
        ASSERT_EQ(map_update(map, key(i).data(), value(i + more).data(), BPF_EXIST, 0), 0);
      }
    }
    for (uint32_t i = 0; i < many; ++i) {
      ASSERT_EQ(number_of_value(map_lookup(map, key(i).data(), 0), shape.value_size),
                number_of_value(value(i + 2).data(), shape.value_size));
      ASSERT_EQ(map_delete(map, key(i).data()), 0);
    }
    Bytes k(shape.key_size);
    EXPECT_EQ(map_get_next_key(map, nullptr, k.data()), -ENOENT);
  }
}

TEST_P(HashMap, DeletesWhileItWalks) {
  const HashShape& shape = GetParam();
  const MapHandle handle = make();
  Map* map = handle.map();
  const uint32_t many = std::min(shape.max_entries, shape.key_size == 1 ? 200u : UINT32_MAX);
  for (uint32_t i = 0; i < many; ++i) {
    ASSERT_EQ(map_update(map, key(i).data(), value(i).data(), BPF_ANY, 0), 0);
  }
  Bytes k(shape.key_size);
  void* found = nullptr;
  uint32_t deleted = 0;
  for (MapCursor cursor; map_advance(map, cursor, 0, k.data(), &found); ++deleted) {
    ASSERT_EQ(map_delete(map, k.data()), 0);
  }
  EXPECT_EQ(deleted, many);
  EXPECT_EQ(map->count, 0u);
}

TEST_P(HashMap, Batches) {
  const HashShape& shape = GetParam();
  const MapHandle handle = make();
  Map* map = handle.map();
  const uint32_t many = std::min(shape.max_entries, 200u);
  Bytes keys;
  Bytes values;
  for (uint32_t i = 0; i < many; ++i) {
    for (const uint8_t byte : key(i)) keys.push_back(byte);
    Bytes v = value(i);
    v.resize(map_host_value_size(map));
    for (const uint8_t byte : v) values.push_back(byte);
  }
  uint32_t count = many;
  ASSERT_EQ(map_update_batch(map, keys.data(), values.data(), count, BPF_ANY), 0);
  EXPECT_EQ(count, many);
  std::map<Bytes, uint64_t> got;
  MapCursor cursor;
  for (int64_t result = 0; result == 0;) {
    Bytes some_keys(7 * shape.key_size);
    Bytes some_values(7 * map_host_value_size(map));
    count = 7;
    result = map_lookup_batch(map, cursor, some_keys.data(), some_values.data(), count, true);
    ASSERT_TRUE(result == 0 || result == -ENOENT) << result;
    for (uint32_t i = 0; i < count; ++i) {
      const auto* k = some_keys.data() + i * shape.key_size;
      const auto* v = some_values.data() + i * map_host_value_size(map);
      got[Bytes(k, k + shape.key_size)] = number_of_value(v, shape.value_size).value();
    }
  }
  ASSERT_EQ(got.size(), many);
  for (uint32_t i = 0; i < many; ++i) {
    EXPECT_EQ(got[key(i)], number_of_value(value(i).data(), shape.value_size));
  }
  EXPECT_EQ(map->count, 0u);
}

// Threads insert, update, delete and read the same few keys. A reader must never miss a key that
// is there all the time, and never see a value that nobody wrote for that key.
TEST_P(HashMap, ThreadsAgree) {
  const HashShape& shape = GetParam();
  const MapHandle handle = make();
  Map* map = handle.map();
  const uint32_t keys = std::min(shape.max_entries, 100u);
  const uint32_t always = keys / 2;  // keys below are updated but never deleted
  const bool replaces = !is_per_cpu(shape.type);
  // The low byte says which key it is for.
  auto make_value = [&](uint32_t k, uint64_t salt) { return value(salt << 8 | k); };
  for (uint32_t k = 0; k < always; ++k) {
    ASSERT_EQ(map_update(map, key(k).data(), make_value(k, 0).data(), BPF_ANY, 0), 0);
  }
  std::atomic<int> missed = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> failed = 0;
  std::atomic<bool> stop = false;
  auto write = [&](uint32_t seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i < 20'000; ++i) {
      const auto k = static_cast<uint32_t>(random() % keys);
      if (k >= always && random() % 2 == 0) {
        const int64_t result = map_delete(map, key(k).data());
        if (result != 0 && result != -ENOENT) ++failed;
      } else {
        const int64_t result =
            map_update(map, key(k).data(), make_value(k, random()).data(), BPF_ANY, 0);
        if (result != 0) ++failed;
      }
    }
  };
  auto read = [&](uint32_t seed) {
    std::minstd_rand random(seed);
    while (!stop) {
      const auto k = static_cast<uint32_t>(random() % keys);
      const void* found = map_lookup(map, key(k).data(), 0);
      if (found == nullptr && k < always) ++missed;
      // One word at a time is never torn, and the keys that stay are replaced as a whole. Memory
      // of a replaced value may be filled again while it is read, so a mixture of two good values
      // is possible; a word of another key's value is not, except in memory used again.
      if (found != nullptr && shape.value_size == 8 && k < always && !replaces) {
        if ((load_relaxed(static_cast<const Word64*>(found)) & 0xff) != k) ++wrong;
      }
    }
  };
  std::vector<std::thread> readers;
  for (uint32_t i = 0; i < 2; ++i) readers.emplace_back(read, 100 + i);
  std::vector<std::thread> writers;
  for (uint32_t i = 0; i < 3; ++i) writers.emplace_back(write, i + 1);
  for (auto& thread : writers) thread.join();
  stop = true;
  for (auto& thread : readers) thread.join();
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 0);
  // Nothing was lost on the way: the map can still be filled to the brim.
  for (uint32_t k = 0; k < keys; ++k) (void)map_delete(map, key(k).data());
  EXPECT_EQ(map->count, 0u);
  const uint32_t many = std::min(shape.max_entries, shape.key_size == 1 ? 200u : UINT32_MAX);
  for (uint32_t i = 0; i < many; ++i) {
    ASSERT_EQ(map_update(map, key(i).data(), value(i).data(), BPF_NOEXIST, 0), 0);
  }
  for (uint32_t i = 0; i < many; ++i) {
    ASSERT_NE(map_lookup(map, key(i).data(), 0), nullptr);
  }
}

std::string name_of(const ::testing::TestParamInfo<HashShape>& info) {
  const HashShape& shape = info.param;
  return map_type_name(shape.type) + "_k" + std::to_string(shape.key_size) + "_v" +
         std::to_string(shape.value_size) + "_n" + std::to_string(shape.max_entries) +
         (shape.flags != 0 ? "_flags" + std::to_string(shape.flags) : "");
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, HashMap,
    ::testing::Values(HashShape{BPF_MAP_TYPE_HASH, 4, 8, 100, 0},
                      HashShape{BPF_MAP_TYPE_HASH, 4, 8, 1, 0},
                      HashShape{BPF_MAP_TYPE_HASH, 8, 16, 257, BPF_F_NO_PREALLOC},
                      HashShape{BPF_MAP_TYPE_HASH, 1, 1, 64, 0},
                      HashShape{BPF_MAP_TYPE_HASH, 3, 5, 100, BPF_F_ZERO_SEED},
                      HashShape{BPF_MAP_TYPE_HASH, 13, 24, 128, 0},
                      HashShape{BPF_MAP_TYPE_HASH, 16, 8, 1000, 0},
                      HashShape{BPF_MAP_TYPE_HASH, 40, 100, 300, 0},
                      HashShape{BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 100, 0},
                      HashShape{BPF_MAP_TYPE_PERCPU_HASH, 20, 12, 50, BPF_F_NO_PREALLOC}),
    name_of);

TEST(HashMapValues, PerCpuByHostAndProgram) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 10);
  spec.cpu_slots = 4;
  const MapHandle handle = make_map(spec);
  Map* map = handle.map();
  const uint32_t key = 7;
  // A program's new entry has its own CPU's value; the others are zero.
  ASSERT_EQ(map_update(map, &key, value_bytes(5, 12).data(), BPF_ANY, 2), 0);
  Bytes all(map_host_value_size(map));
  ASSERT_EQ(map_host_lookup(map, &key, all.data(), 0), 0);
  for (uint32_t cpu = 0; cpu < 4; ++cpu) {
    EXPECT_EQ(number_of_value(all.data() + 16 * cpu, 12), cpu == 2 ? 5u : 0u);
  }
  // The host writes all of them.
  for (uint32_t cpu = 0; cpu < 4; ++cpu) {
    std::memcpy(all.data() + 16 * cpu, value_bytes(100 + cpu, 12).data(), 12);
  }
  ASSERT_EQ(map_host_update(map, &key, all.data(), BPF_EXIST), 0);
  for (uint32_t cpu = 0; cpu < 4; ++cpu) {
    void* value = map_lookup_percpu(map, &key, cpu);
    EXPECT_EQ(number_of_value(value, 12), 100 + cpu);
    EXPECT_TRUE(map_holds(map, value, 12));
  }
  // Memory that is used again shows nothing of before.
  ASSERT_EQ(map_host_lookup_and_delete(map, &key, all.data(), 0), 0);
  EXPECT_EQ(number_of_value(all.data() + 48, 12), 103u);
  ASSERT_EQ(map_update(map, &key, value_bytes(6, 12).data(), BPF_ANY, 0), 0);
  EXPECT_EQ(number_of_value(map_lookup(map, &key, 3), 12), 0u);
}

TEST(HashMapValues, SpinLockIsNotOverwritten) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_HASH, 4, 16, 10);
  spec.spin_lock_offset = 0;
  const MapHandle handle = make_map(spec);
  Map* map = handle.map();
  const uint32_t key = 1;
  const uint32_t value[4] = {0xaaaa, 1, 2, 3};
  ASSERT_EQ(map_update(map, &key, value, BPF_F_LOCK, 0), 0);
  auto* stored = static_cast<uint32_t*>(map_lookup(map, &key, 0));
  EXPECT_EQ(stored[0], 0u);
  EXPECT_EQ(stored[3], 3u);
  const uint32_t other[4] = {0xbbbb, 4, 5, 6};
  ASSERT_EQ(map_update(map, &key, other, BPF_F_LOCK | BPF_EXIST, 0), 0);
  EXPECT_EQ(map_lookup(map, &key, 0), stored);  // in place
  EXPECT_EQ(stored[0], 0u);
  EXPECT_EQ(stored[3], 6u);
  EXPECT_EQ(map_update(map, &key, other, BPF_F_LOCK | BPF_NOEXIST, 0), -EEXIST);
  const uint32_t absent = 2;
  EXPECT_EQ(map_update(map, &absent, other, BPF_F_LOCK | BPF_EXIST, 0), -ENOENT);
}

TEST(HashMapValues, SpinLockExcludes) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_HASH, 4, 72, 10);
  spec.spin_lock_offset = 64;
  const MapHandle handle = make_map(spec);
  Map* map = handle.map();
  const uint32_t key = 1;
  Bytes start(72);
  ASSERT_EQ(map_update(map, &key, start.data(), BPF_ANY, 0), 0);
  std::atomic<int> torn = 0;
  auto write = [&](uint32_t seed) {
    for (uint32_t i = 0; i < 5000; ++i) {
      Bytes value = value_bytes(uint64_t{seed} << 32 | i, 72);
      if (map_update(map, &key, value.data(), BPF_F_LOCK, 0) != 0) ++torn;
      Bytes read(72);
      if (map_host_lookup(map, &key, read.data(), BPF_F_LOCK) != 0) ++torn;
      if (!number_of_value(read.data(), 64)) ++torn;
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i <= 4; ++i) threads.emplace_back(write, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
}

// The program's view of an update: the pointer it holds keeps the old value, a new lookup gives
// the new one.
TEST(HashMapValues, ReplacedAsAWhole) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_HASH, 4, 8, 4));
  const uint32_t key = 1;
  uint64_t value = 10;
  ASSERT_EQ(map_update(handle.map(), &key, &value, BPF_ANY, 0), 0);
  auto* old = static_cast<uint64_t*>(map_lookup(handle.map(), &key, 0));
  value = 11;
  ASSERT_EQ(map_update(handle.map(), &key, &value, BPF_ANY, 0), 0);
  EXPECT_EQ(*old, 10u);
  EXPECT_EQ(*static_cast<uint64_t*>(map_lookup(handle.map(), &key, 0)), 11u);
}

}  // namespace
}  // namespace weir
