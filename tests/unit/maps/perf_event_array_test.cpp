// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/perf_event_array.h"

#include <thread>

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

MapHandle make_perf(uint32_t slots) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, slots);
  spec.buffer_bytes = 4096;
  return make_map(spec);
}

int64_t collect(void* context, uint32_t, const void* data, uint32_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  static_cast<std::vector<Bytes>*>(context)->emplace_back(bytes, bytes + size);
  return 0;
}

TEST(PerfEventArray, KeepsOrderAndCountsWhatIsLost) {
  const MapHandle handle = make_perf(2);
  Map* map = handle.map();
  ASSERT_EQ(perf_buffer_open(map, 1), 0);
  std::minstd_rand random(3);
  std::vector<Bytes> expected;
  uint64_t lost = 0;
  for (int round = 0; round < 5000; ++round) {
    const Bytes first = value_bytes(random(), random() % 200);
    const Bytes second = value_bytes(random(), random() % 50);
    const int64_t result = perf_event_output(
        map, BPF_F_CURRENT_CPU, 1, {first.data(), first.size()}, {second.data(), second.size()});
    if (result == 0) {
      expected.push_back(first);
      expected.back().insert(expected.back().end(), second.begin(), second.end());
    } else {
      ASSERT_EQ(result, -ENOSPC);
      ++lost;
    }
    ASSERT_EQ(perf_buffer_lost(map, 1), lost);
    if (random() % 40 == 0) {
      std::vector<Bytes> got;
      ASSERT_EQ(perf_buffer_consume(map, 1, UINT64_MAX, collect, &got),
                static_cast<int64_t>(expected.size()));
      ASSERT_EQ(got, expected);
      expected.clear();
    }
  }
  EXPECT_GT(lost, 0u);
}

TEST(PerfEventArray, ErrorsOfTheKernel) {
  const MapHandle handle = make_perf(2);
  Map* map = handle.map();
  const SamplePart sample = {"abcd", 4};
  EXPECT_EQ(perf_event_output(map, 0, 0, sample), -ENOENT);
  ASSERT_EQ(perf_buffer_open(map, 0), 0);
  EXPECT_EQ(perf_event_output(map, 0, 0, sample), 0);
  EXPECT_EQ(perf_event_output(map, 0, 1, sample), -EOPNOTSUPP);
  EXPECT_EQ(perf_event_output(map, 2, 0, sample), -E2BIG);
  EXPECT_EQ(perf_event_output(map, uint64_t{1} << 32, 0, sample), -EINVAL);
  const Bytes big(70'000);
  EXPECT_EQ(perf_event_output(map, 0, 0, {big.data(), big.size()}), -E2BIG);
  EXPECT_EQ(perf_event_output(map, 0, 0, {big.data(), 8}, {big.data(), UINT64_MAX}), -E2BIG);
  const uint32_t index = 0;
  EXPECT_EQ(map_host_delete(map, &index), 0);
  EXPECT_EQ(perf_event_output(map, 0, 0, sample), -ENOENT);
  EXPECT_EQ(map_host_delete(map, &index), -ENOENT);
  EXPECT_EQ(perf_buffer_open(map, 2), -E2BIG);
}

TEST(PerfEventArray, ThreadsEachOnItsCpu) {
  const MapHandle handle = make_perf(3);
  Map* map = handle.map();
  for (uint32_t cpu = 0; cpu < 3; ++cpu) ASSERT_EQ(perf_buffer_open(map, cpu), 0);
  constexpr uint32_t kEach = 5000;
  std::atomic<uint32_t> running = 3;
  auto produce = [&](uint32_t cpu) {
    for (uint32_t i = 0; i < kEach; ++i) {
      (void)perf_event_output(map, BPF_F_CURRENT_CPU, cpu, {&i, sizeof i});
    }
    --running;
  };
  std::vector<std::thread> threads;
  for (uint32_t cpu = 0; cpu < 3; ++cpu) threads.emplace_back(produce, cpu);
  struct Seen {
    uint64_t count = 0;
    int64_t last[3] = {-1, -1, -1};
    bool ascending = true;
  } seen;
  const auto check = [](void* context, uint32_t cpu, const void* data, uint32_t) -> int64_t {
    auto& all = *static_cast<Seen*>(context);
    uint32_t number = 0;
    std::memcpy(&number, data, sizeof number);
    all.ascending = all.ascending && number > all.last[cpu];
    all.last[cpu] = number;
    ++all.count;
    return 0;
  };
  while (running != 0) {
    (void)perf_buffer_wait(map, 1);
    for (uint32_t cpu = 0; cpu < 3; ++cpu) (void)perf_buffer_consume(map, cpu, 100, check, &seen);
  }
  for (auto& thread : threads) thread.join();
  while (perf_buffer_wait(map, 0)) {
    for (uint32_t cpu = 0; cpu < 3; ++cpu) (void)perf_buffer_consume(map, cpu, 100, check, &seen);
  }
  uint64_t lost = 0;
  for (uint32_t cpu = 0; cpu < 3; ++cpu) lost += perf_buffer_lost(map, cpu);
  EXPECT_TRUE(seen.ascending);
  EXPECT_EQ(seen.count + lost, 3 * kEach);
}

}  // namespace
}  // namespace weir
