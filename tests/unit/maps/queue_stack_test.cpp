// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <deque>
#include <thread>

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

class QueueStack : public ::testing::TestWithParam<uint32_t> {};

TEST_P(QueueStack, RandomOperationsAgainstADeque) {
  const bool stack = GetParam() == BPF_MAP_TYPE_STACK;
  for (const uint32_t capacity : {1u, 2u, 5u, 64u}) {
    const MapHandle handle = make_map(spec_of(GetParam(), 0, 12, capacity));
    std::deque<Bytes> model;
    std::minstd_rand random(capacity);
    for (int round = 0; round < 5000; ++round) {
      Bytes value = value_bytes(random(), 12);
      if (random() % 2 == 0) {
        const uint64_t flags = random() % 2 == 0 ? BPF_ANY : BPF_EXIST;
        const bool full = model.size() == capacity;
        ASSERT_EQ(map_push(handle.map(), value.data(), flags),
                  full && flags == BPF_ANY ? -E2BIG : 0);
        if (full && flags == BPF_EXIST) model.pop_front();
        if (!full || flags == BPF_EXIST) model.push_back(value);
      } else {
        const bool pop = random() % 2 == 0;
        const int64_t result =
            pop ? map_pop(handle.map(), value.data()) : map_peek(handle.map(), value.data());
        ASSERT_EQ(result, model.empty() ? -ENOENT : 0);
        if (model.empty()) {
          ASSERT_EQ(value, Bytes(12));
          continue;
        }
        ASSERT_EQ(value, stack ? model.back() : model.front());
        if (pop && stack) model.pop_back();
        if (pop && !stack) model.pop_front();
      }
    }
  }
}

TEST_P(QueueStack, FlagsAndWhatItHasNot) {
  const MapHandle handle = make_map(spec_of(GetParam(), 0, 8, 4));
  uint64_t value = 1;
  EXPECT_EQ(map_push(handle.map(), &value, BPF_NOEXIST), -EINVAL);
  EXPECT_EQ(map_push(handle.map(), &value, 3), -EINVAL);
  EXPECT_EQ(map_push(handle.map(), &value, BPF_F_LOCK), -EINVAL);
  EXPECT_EQ(map_delete(handle.map(), nullptr), -EINVAL);
  EXPECT_EQ(map_get_next_key(handle.map(), nullptr, &value), -EINVAL);
  EXPECT_EQ(map_lookup(handle.map(), nullptr, 0), nullptr);
  EXPECT_EQ(map_host_update(handle.map(), nullptr, &value, BPF_ANY), 0);
  value = 0;
  EXPECT_EQ(map_host_lookup(handle.map(), nullptr, &value, 0), 0);
  EXPECT_EQ(value, 1u);
  EXPECT_EQ(map_host_lookup_and_delete(handle.map(), nullptr, &value, 0), 0);
  EXPECT_EQ(map_host_lookup_and_delete(handle.map(), nullptr, &value, 0), -ENOENT);
  EXPECT_FALSE(map_holds(handle.map(), map_bytes(handle.map()) + kMapStorageOffset, 1));
}

TEST_P(QueueStack, ThreadsLoseNothing) {
  const MapHandle handle = make_map(spec_of(GetParam(), 0, 24, 32));
  std::atomic<uint64_t> sum = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> taken = 0;
  constexpr uint32_t kEach = 5000;
  auto give = [&](uint32_t seed) {
    for (uint32_t i = 0; i < kEach; ++i) {
      const Bytes value = value_bytes(seed * kEach + i, 24);
      while (map_push(handle.map(), value.data(), BPF_ANY) != 0) std::this_thread::yield();
    }
  };
  auto take = [&] {
    Bytes value(24);
    while (taken < static_cast<int>(3 * kEach)) {
      if (map_pop(handle.map(), value.data()) != 0) {
        std::this_thread::yield();
        continue;
      }
      const auto number = number_of_value(value.data(), 24);
      if (!number) ++wrong;
      sum += number.value_or(0);
      ++taken;
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < 3; ++i) threads.emplace_back(give, i);
  for (uint32_t i = 0; i < 2; ++i) threads.emplace_back(take);
  for (auto& thread : threads) thread.join();
  const uint64_t all = 3 * kEach;
  EXPECT_EQ(sum, all * (all - 1) / 2);
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, QueueStack,
                         ::testing::Values(BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK),
                         [](const auto& info) { return map_type_name(info.param); });

}  // namespace
}  // namespace weir
