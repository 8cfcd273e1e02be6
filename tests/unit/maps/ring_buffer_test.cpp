// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/ring_buffer.h"

#include <deque>
#include <thread>

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

int64_t collect(void* context, const void* data, uint32_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  static_cast<std::vector<Bytes>*>(context)->emplace_back(bytes, bytes + size);
  return 0;
}

std::vector<Bytes> consume(Map* map, uint64_t limit = UINT64_MAX) {
  std::vector<Bytes> records;
  const int64_t count = ring_buffer_consume(map, limit, collect, &records);
  EXPECT_EQ(count, static_cast<int64_t>(records.size()));
  return records;
}

TEST(RingBuffer, RandomRecordsAgainstADeque) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096));
  Map* map = handle.map();
  std::deque<Bytes> model;  // with discarded ones as nothing
  std::minstd_rand random(1);
  uint64_t used = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto size = static_cast<uint32_t>(random() % 300);
    const uint64_t whole = (size + 8 + 7) / 8 * 8;
    const Bytes value = value_bytes(random(), size);
    void* record = ring_buffer_reserve(map, size, 0);
    ASSERT_EQ(record != nullptr, used + whole <= 4095);
    if (record != nullptr) {
      used += whole;
      ASSERT_TRUE(size == 0 || ring_buffer_holds(map, record, record, size));
      ASSERT_FALSE(ring_buffer_holds(map, record, record, size + 1));
      ASSERT_FALSE(ring_buffer_holds(map, record, static_cast<uint8_t*>(record) - 1, 1));
      std::memcpy(record, value.data(), size);
      if (random() % 4 == 0) {
        ring_buffer_discard(map, record, 0);
      } else {
        ring_buffer_submit(map, record, 0);
        model.push_back(value);
      }
    }
    ASSERT_EQ(ring_buffer_query(map, BPF_RB_AVAIL_DATA), used);
    if (record == nullptr || random() % 8 == 0) {
      const std::vector<Bytes> records = consume(map);
      ASSERT_EQ(records.size(), model.size());
      for (const Bytes& got : records) {
        ASSERT_EQ(got, model.front());
        model.pop_front();
      }
      used = 0;
    }
  }
}

TEST(RingBuffer, WaitsForTheOldestRecord) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096));
  Map* map = handle.map();
  auto* first = static_cast<uint8_t*>(ring_buffer_reserve(map, 1, 0));
  ASSERT_NE(first, nullptr);
  *first = 1;
  const uint8_t second = 2;
  ASSERT_EQ(ring_buffer_output(map, &second, 1, 0), 0);
  EXPECT_TRUE(consume(map).empty());
  EXPECT_FALSE(ring_buffer_wait(map, 0));
  ring_buffer_submit(map, first, 0);
  EXPECT_TRUE(ring_buffer_wait(map, 0));
  EXPECT_EQ(consume(map), (std::vector<Bytes>{{1}, {2}}));
}

TEST(RingBuffer, Limits) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 8192));
  Map* map = handle.map();
  EXPECT_EQ(ring_buffer_reserve(map, 8192, 0), nullptr);
  EXPECT_EQ(ring_buffer_reserve(map, 8184, 0), nullptr);  // one byte always stays free
  EXPECT_EQ(ring_buffer_reserve(map, UINT64_MAX, 0), nullptr);
  EXPECT_EQ(ring_buffer_reserve(map, UINT64_MAX - 8, 0), nullptr);
  EXPECT_EQ(ring_buffer_reserve(map, 8, 1), nullptr);
  EXPECT_EQ(ring_buffer_output(map, "", 0, 4), -EINVAL);
  Bytes big(8176);
  EXPECT_EQ(ring_buffer_output(map, big.data(), big.size(), 0), 0);
  EXPECT_EQ(ring_buffer_output(map, "", 0, 0), -EAGAIN);
  EXPECT_EQ(ring_buffer_query(map, BPF_RB_RING_SIZE), 8192u);
  EXPECT_EQ(ring_buffer_query(map, BPF_RB_PROD_POS), 8184u);
  EXPECT_EQ(ring_buffer_query(map, 17), 0u);
}

TEST(RingBuffer, SubmittingNonsenseDoesNothing) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096));
  Map* map = handle.map();
  auto* record = static_cast<uint8_t*>(ring_buffer_reserve(map, 64, 0));
  ASSERT_NE(record, nullptr);
  std::memset(record, 0, 64);
  for (void* wrong :
       {static_cast<void*>(nullptr), static_cast<void*>(map), static_cast<void*>(record + 8),
        static_cast<void*>(record + 1), static_cast<void*>(record - 8),
        static_cast<void*>(record + 4096), static_cast<void*>(record + 1'000'000)}) {
    ring_buffer_submit(map, wrong, 0);
  }
  EXPECT_TRUE(consume(map).empty());
  ring_buffer_submit(map, record, 0);
  ring_buffer_submit(map, record, 0);  // twice
  EXPECT_EQ(consume(map).size(), 1u);
}

TEST(RingBuffer, TheConsumerMayStop) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096));
  for (uint8_t i = 0; i < 5; ++i) ASSERT_EQ(ring_buffer_output(handle.map(), &i, 1, 0), 0);
  EXPECT_EQ(consume(handle.map(), 2), (std::vector<Bytes>{{0}, {1}}));
  const auto refuse = [](void*, const void*, uint32_t) -> int64_t { return -7; };
  EXPECT_EQ(ring_buffer_consume(handle.map(), 5, refuse, nullptr), -7);
  EXPECT_EQ(consume(handle.map()), (std::vector<Bytes>{{3}, {4}}));
}

TEST(RingBuffer, ThreadsAndASleepingConsumer) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096));
  Map* map = handle.map();
  constexpr uint32_t kEach = 4000;
  constexpr uint32_t kThreads = 3;
  auto produce = [&](uint32_t thread) {
    for (uint32_t i = 0; i < kEach;) {
      auto* record = static_cast<uint32_t*>(ring_buffer_reserve(map, 12, 0));
      if (record == nullptr) {
        std::this_thread::yield();
        continue;
      }
      record[0] = thread;
      record[1] = i++;
      record[2] = record[0] ^ record[1];
      ring_buffer_submit(map, record, 0);
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kThreads; ++i) threads.emplace_back(produce, i);
  struct Seen {
    uint32_t next[kThreads] = {};
    uint32_t all = 0;
    bool good = true;
  } seen;
  const auto check = [](void* context, const void* data, uint32_t size) -> int64_t {
    auto& all = *static_cast<Seen*>(context);
    uint32_t record[3] = {};
    std::memcpy(record, data, 12);
    all.good =
        all.good && size == 12 && record[0] < kThreads && record[2] == (record[0] ^ record[1]);
    if (!all.good) return -1;
    all.good = all.next[record[0]]++ == record[1];  // each thread's own order
    ++all.all;
    return 0;
  };
  while (seen.good && seen.all < kThreads * kEach) {
    (void)ring_buffer_wait(map, 1000);
    (void)ring_buffer_consume(map, 100, check, &seen);
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(seen.good);
  EXPECT_EQ(seen.all, kThreads * kEach);
}

}  // namespace
}  // namespace weir
