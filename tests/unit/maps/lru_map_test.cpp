// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <list>
#include <set>
#include <thread>

#include "runtime/maps/hash_map.h"
#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

// Second chance on a list: new entries go to the end; who is searched for a victim from the front
// and was used goes to the end unmarked; the first one unmarked goes.
class SecondChance {
 public:
  explicit SecondChance(size_t capacity) : capacity_(capacity) {}

  void use(uint32_t key) {
    const auto at = find(key);
    if (at != entries_.end()) at->used = true;
  }
  // Gives the key that had to go.
  std::optional<uint32_t> insert(uint32_t key) {
    if (find(key) != entries_.end()) {
      use(key);
      return std::nullopt;
    }
    std::optional<uint32_t> victim;
    if (entries_.size() == capacity_) {
      while (entries_.front().used) {
        entries_.front().used = false;
        entries_.splice(entries_.end(), entries_, entries_.begin());
      }
      victim = entries_.front().key;
      entries_.pop_front();
    }
    entries_.push_back({key, false});
    return victim;
  }
  bool holds(uint32_t key) { return find(key) != entries_.end(); }

 private:
  struct Entry {
    uint32_t key;
    bool used;
  };
  std::list<Entry>::iterator find(uint32_t key) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.key == key; });
  }
  size_t capacity_;
  std::list<Entry> entries_;
};

class LruMap : public ::testing::TestWithParam<uint32_t> {};

TEST_P(LruMap, DropsWhomTheListDrops) {
  for (const uint32_t capacity : {1u, 2u, 10u, 100u}) {
    const MapHandle handle = make_map(spec_of(GetParam(), 4, 8, capacity));
    Map* map = handle.map();
    SecondChance model(capacity);
    std::minstd_rand random(capacity);
    const uint32_t keys = capacity * 2;
    for (int round = 0; round < 20'000; ++round) {
      const auto key = static_cast<uint32_t>(random() % keys);
      const uint64_t value = random();
      if (random() % 2 == 0) {
        ASSERT_EQ(map_lookup(map, &key, 0) != nullptr, model.holds(key)) << round;
        model.use(key);
      } else if (!model.holds(key)) {
        // Updates of existing entries move them to a spare's place, so only their mark is compared
        // (UpdateIsAUse).
        ASSERT_EQ(map_update(map, &key, &value, BPF_ANY, 0), 0);
        const auto victim = model.insert(key);
        if (victim) {
          ASSERT_EQ(map_lookup(map, &*victim, 0), nullptr) << round;
        }
        ASSERT_LE(map->count, capacity);
      }
    }
  }
}

TEST_P(LruMap, UpdateIsAUse) {
  const MapHandle handle = make_map(spec_of(GetParam(), 4, 8, 50));
  Map* map = handle.map();
  uint64_t value = 1;
  for (uint32_t key = 0; key < 50; ++key) {
    ASSERT_EQ(map_update(map, &key, &value, BPF_ANY, 0), 0);
  }
  // One is updated again and again; all others are new and never used.
  const uint32_t hot = 7;
  for (uint32_t key = 100; key < 5000; ++key) {
    ++value;
    ASSERT_EQ(map_update(map, &hot, &value, BPF_EXIST, 0), 0);
    ASSERT_EQ(map_update(map, &key, &value, BPF_NOEXIST, 0), 0);
    EXPECT_EQ(map->count, 50u);
  }
}

TEST_P(LruMap, HostLookupsAreNoUse) {
  const MapHandle handle = make_map(spec_of(GetParam(), 4, 8, 10));
  Map* map = handle.map();
  Bytes value(map_host_value_size(map));
  for (uint32_t key = 0; key < 10; ++key) {
    ASSERT_EQ(map_host_update(map, &key, value.data(), BPF_ANY), 0);
  }
  const uint32_t first = 0;
  ASSERT_EQ(map_host_lookup(map, &first, value.data(), 0), 0);
  const uint32_t more = 10;
  ASSERT_EQ(map_host_update(map, &more, value.data(), BPF_ANY), 0);
  EXPECT_EQ(map_host_lookup(map, &first, value.data(), 0), -ENOENT);
}

TEST_P(LruMap, FlagsOfTheKernel) {
  const MapHandle handle = make_map(spec_of(GetParam(), 4, 8, 10));
  const uint32_t key = 3;
  const uint64_t value = 1;
  EXPECT_EQ(map_update(handle.map(), &key, &value, BPF_EXIST, 0), -ENOENT);
  EXPECT_EQ(map_update(handle.map(), &key, &value, BPF_F_LOCK, 0), -EINVAL);
  EXPECT_EQ(map_update(handle.map(), &key, &value, BPF_NOEXIST, 0), 0);
  EXPECT_EQ(map_update(handle.map(), &key, &value, BPF_NOEXIST, 0), -EEXIST);
  EXPECT_EQ(map_delete(handle.map(), &key), 0);
  EXPECT_EQ(map_delete(handle.map(), &key), -ENOENT);
}

// More threads than a full map has room for: never an error, never more entries than allowed,
// nothing lost.
TEST_P(LruMap, ThreadsKeepItFull) {
  const MapHandle handle = make_map(spec_of(GetParam(), 4, 8, 64));
  Map* map = handle.map();
  std::atomic<int> failed = 0;
  std::atomic<int> wrong = 0;
  auto run = [&](uint32_t seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i < 20'000; ++i) {
      const auto key = static_cast<uint32_t>(random() % 500);
      const uint64_t value = key;
      switch (random() % 8) {
        case 0: (void)map_delete(map, &key); break;
        case 1:
        case 2:
        case 3:
          if (map_lookup(map, &key, 0) == nullptr) break;
          break;
        default:
          if (map_update(map, &key, &value, BPF_ANY, 0) != 0) ++failed;
      }
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i <= 4; ++i) threads.emplace_back(run, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(wrong, 0);
  std::set<uint32_t> seen;
  uint32_t key = 0;
  void* value = nullptr;
  for (MapCursor cursor; map_advance(map, cursor, 0, &key, &value);) {
    EXPECT_TRUE(seen.insert(key).second);
  }
  EXPECT_EQ(seen.size(), map->count);
  EXPECT_LE(seen.size(), 64u);
  for (key = 1000; key < 1064; ++key) {
    const uint64_t number = key;
    ASSERT_EQ(map_update(map, &key, &number, BPF_ANY, 0), 0);
  }
  EXPECT_EQ(map->count, 64u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, LruMap,
                         ::testing::Values(BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH),
                         [](const auto& info) { return map_type_name(info.param); });

}  // namespace
}  // namespace weir
