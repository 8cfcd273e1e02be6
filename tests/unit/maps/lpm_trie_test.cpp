// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/lpm_trie.h"

#include <map>
#include <set>
#include <thread>

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

struct Prefix {
  uint32_t bits = 0;
  Bytes data;  // zero behind `bits`
  auto operator<=>(const Prefix&) const = default;
  Bytes key() const {
    Bytes key(4 + data.size());
    std::memcpy(key.data(), &bits, 4);
    std::copy(data.begin(), data.end(), key.begin() + 4);
    return key;
  }
  bool covers(const Prefix& other) const {
    if (bits > other.bits) return false;
    for (uint32_t bit = 0; bit < bits; ++bit) {
      if (((data[bit / 8] ^ other.data[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
    }
    return true;
  }
};

// Few different bits, so that prefixes nest and branch a lot.
Prefix random_prefix(std::minstd_rand& random, uint32_t size, bool whole = false) {
  Prefix prefix{whole ? size * 8 : static_cast<uint32_t>(random() % (size * 8 + 1)), Bytes(size)};
  for (uint8_t& byte : prefix.data) byte = random() % 3 == 0 ? 0x80 : random() % 4 == 0 ? 0x11 : 0;
  for (uint32_t bit = prefix.bits; bit < size * 8; ++bit) {
    prefix.data[bit / 8] &= static_cast<uint8_t>(~(0x80 >> bit % 8));
  }
  return prefix;
}

class LpmTrie : public ::testing::TestWithParam<uint32_t> {};

TEST_P(LpmTrie, RandomOperationsAgainstBruteForce) {
  const uint32_t size = GetParam();
  const uint32_t capacity = 60;
  const MapHandle handle =
      make_map(spec_of(BPF_MAP_TYPE_LPM_TRIE, 4 + size, 8, capacity, BPF_F_NO_PREALLOC));
  Map* map = handle.map();
  std::map<Prefix, uint64_t> model;
  std::minstd_rand random(size);
  for (int round = 0; round < 10'000; ++round) {
    const Prefix prefix = random_prefix(random, size);
    const Bytes key = prefix.key();
    switch (random() % 5) {
      case 0:
      case 1: {
        const uint64_t value = random();
        const uint64_t flags = random() % 3;
        const bool there = model.count(prefix) != 0;
        int64_t expected = 0;
        if (there && flags == BPF_NOEXIST) expected = -EEXIST;
        if (!there && flags == BPF_EXIST) expected = -ENOENT;
        if (!there && flags != BPF_EXIST && model.size() == capacity) expected = -ENOSPC;
        ASSERT_EQ(map_update(map, key.data(), &value, flags, 0), expected);
        if (expected == 0) model[prefix] = value;
        break;
      }
      case 2: {
        // Rather one that is there.
        const auto at = model.lower_bound(prefix);
        const Prefix gone = at != model.end() && random() % 2 == 0 ? at->first : prefix;
        ASSERT_EQ(map_delete(map, gone.key().data()), model.erase(gone) != 0 ? 0 : -ENOENT);
        break;
      }
      default: {
        const Prefix asked = random_prefix(random, size, random() % 2 == 0);
        const auto* found = static_cast<uint64_t*>(map_lookup(map, asked.key().data(), 0));
        const std::pair<const Prefix, uint64_t>* best = nullptr;
        for (const auto& entry : model) {
          if (entry.first.covers(asked) &&
              (best == nullptr || entry.first.bits > best->first.bits)) {
            best = &entry;
          }
        }
        ASSERT_EQ(found != nullptr, best != nullptr);
        if (best != nullptr) {
          ASSERT_EQ(*found, best->second);
          ASSERT_TRUE(map_holds(map, found, 8));
          ASSERT_FALSE(map_holds(map, reinterpret_cast<const uint8_t*>(found) - 1, 1));
        }
      }
    }
    ASSERT_EQ(map->count, model.size());
  }
  std::set<Bytes> seen;
  Bytes key(4 + size);
  for (int64_t more = map_get_next_key(map, nullptr, key.data()); more == 0;
       more = map_get_next_key(map, key.data(), key.data())) {
    ASSERT_TRUE(seen.insert(key).second);
  }
  EXPECT_EQ(seen.size(), model.size());
  void* value = nullptr;
  for (MapCursor cursor; map_advance(map, cursor, 0, key.data(), &value);) {
    EXPECT_EQ(seen.erase(key), 1u);
  }
  EXPECT_TRUE(seen.empty());
}

TEST_P(LpmTrie, TooLongAPrefix) {
  const uint32_t size = GetParam();
  const MapHandle handle =
      make_map(spec_of(BPF_MAP_TYPE_LPM_TRIE, 4 + size, 8, 4, BPF_F_NO_PREALLOC));
  Bytes key(4 + size);
  const uint64_t value = 1;
  for (const uint32_t bits : {size * 8 + 1, 0x8000'0000u, UINT32_MAX}) {
    std::memcpy(key.data(), &bits, 4);
    EXPECT_EQ(map_lookup(handle.map(), key.data(), 0), nullptr);
    EXPECT_EQ(map_update(handle.map(), key.data(), &value, BPF_ANY, 0), -EINVAL);
    EXPECT_EQ(map_delete(handle.map(), key.data()), -EINVAL);
  }
}

// The default route stays; readers of anything must find at least it, whatever comes and goes.
TEST_P(LpmTrie, ThreadsAlwaysFindTheDefault) {
  const uint32_t size = GetParam();
  const MapHandle handle =
      make_map(spec_of(BPF_MAP_TYPE_LPM_TRIE, 4 + size, 8, 200, BPF_F_NO_PREALLOC));
  Map* map = handle.map();
  const Bytes all = Prefix{0, Bytes(size)}.key();
  const uint64_t one = 1;
  ASSERT_EQ(map_update(map, all.data(), &one, BPF_ANY, 0), 0);
  std::atomic<int> missed = 0;
  std::atomic<int> failed = 0;
  std::atomic<bool> stop = false;
  auto write = [&](uint32_t seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i < 5000; ++i) {
      Prefix prefix = random_prefix(random, size);
      if (prefix.bits == 0) continue;
      const Bytes key = prefix.key();
      const uint64_t value = random();
      const int64_t result = random() % 2 == 0 ? map_update(map, key.data(), &value, BPF_ANY, 0)
                                               : map_delete(map, key.data());
      if (result != 0 && result != -ENOENT && result != -ENOSPC) ++failed;
    }
  };
  auto read = [&](uint32_t seed) {
    std::minstd_rand random(seed);
    while (!stop) {
      const Bytes key = random_prefix(random, size, true).key();
      if (map_lookup(map, key.data(), 0) == nullptr) ++missed;
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
  EXPECT_EQ(failed, 0);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LpmTrie, ::testing::Values(1u, 3u, 4u, 8u, 16u, 20u, 256u),
                         [](const auto& info) { return std::to_string(info.param) + "_bytes"; });

}  // namespace
}  // namespace weir
