// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/stats.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "cache/folder.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;

class StatsTest : public ::testing::Test {
 protected:
  std::unique_ptr<CounterFile> open_counters(bool read_only = false) {
    UniqueFd root(open_at(AT_FDCWD, folder_.path().c_str(), O_RDONLY | O_DIRECTORY));
    return std::make_unique<CounterFile>(std::move(root), folder_.path(), read_only);
  }
  std::string file() const { return folder_ / "counters"; }
  TemporaryFolder folder_;
};

TEST_F(StatsTest, OutlivesTheProcess) {
  auto counters = open_counters();
  EXPECT_EQ(*counters->read(), Stats{});
  counters->add(Counter::kHits, 3);
  counters->add(Counter::kMisses);
  counters->add(Counter::kBytes, 5000);
  EXPECT_EQ(counters->read()->hits, 3u);  // not yet written, and yet counted
  counters.reset();
  counters = open_counters();
  counters->add(Counter::kBytes, -1000);
  EXPECT_EQ(*counters->read(), (Stats{.hits = 3, .misses = 1, .bytes = 4000}));
}

TEST_F(StatsTest, EveryCounterHasItsPlace) {
  auto counters = open_counters();
  for (size_t i = 0; i < kCounterCount; ++i)
    counters->add(static_cast<Counter>(i), int64_t{1} << i);
  ASSERT_TRUE(counters->flush());
  EXPECT_EQ(*open_counters()->read(), (Stats{.hits = 1,
                                             .misses = 2,
                                             .puts = 4,
                                             .damaged = 8,
                                             .refused = 16,
                                             .evicted = 32,
                                             .bytes = 64}));
}

TEST_F(StatsTest, StopsAtZero) {
  auto counters = open_counters();
  counters->add(Counter::kBytes, -5);
  EXPECT_EQ(counters->flush()->totals.bytes, 0u);
  ASSERT_TRUE(counters->set_bytes(~uint64_t{0}));
  counters->add(Counter::kBytes, 1);
  EXPECT_EQ(counters->flush()->totals.bytes, ~uint64_t{0});
}

TEST_F(StatsTest, WritesByItselfAfterManyEvents) {
  auto counters = open_counters();
  for (int64_t i = 0; i < kFlushEvents; ++i) counters->add(Counter::kHits);
  EXPECT_EQ(open_counters()->read()->hits, static_cast<uint64_t>(kFlushEvents));
}

TEST_F(StatsTest, DamageStartsAgainAtZeroAndSaysSo) {
  auto counters = open_counters();
  counters->add(Counter::kHits, 7);
  EXPECT_FALSE(counters->flush()->bytes_known);
  ASSERT_TRUE(counters->set_bytes(12288));
  EXPECT_TRUE(counters->flush()->bytes_known);
  const Stats before = {.hits = 7, .bytes = 12288};
  EXPECT_EQ(*counters->read(), before);
  const Bytes good = read_file(file());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    write_file(file(), bad);
    EXPECT_EQ(*counters->read(), Stats{}) << bit;
  }
  for (size_t size = 0; size < good.size() + 3; ++size) {
    Bytes bad = good;
    bad.resize(size);
    write_file(file(), bad);
    counters->add(Counter::kHits);
    auto flushed = counters->flush();
    ASSERT_TRUE(flushed);
    EXPECT_EQ(flushed->bytes_known, size == good.size());
    EXPECT_EQ(flushed->totals.hits, size == good.size() ? 8u : 1u);
    EXPECT_EQ(*counters->read(), flushed->totals);
  }
}

TEST_F(StatsTest, NobodyWaitsForTheLock) {
  auto counters = open_counters();
  ASSERT_TRUE(counters->flush());
  UniqueFd other(open_at(AT_FDCWD, file().c_str(), O_RDWR));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  for (int i = 0; i < 1000; ++i) counters->add(Counter::kHits);
  auto flushed = counters->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_EQ(counters->read()->hits, 1000u);  // nothing is lost
  other.reset();
  EXPECT_EQ(counters->flush()->totals.hits, 1000u);
}

TEST_F(StatsTest, SpecialFilesAreRefused) {
  auto counters = open_counters();
  counters->add(Counter::kHits);
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  EXPECT_EQ(counters->flush().error().code(), ErrorCode::kCacheOwner);
  EXPECT_EQ(counters->read().error().code(), ErrorCode::kCacheOwner);
  ::unlink(file().c_str());
  ASSERT_EQ(::symlink("/etc/hostname", file().c_str()), 0);
  EXPECT_FALSE(counters->flush());
  EXPECT_FALSE(counters->read());
  ::unlink(file().c_str());
  write_file(file(), {}, 0622);
  EXPECT_EQ(counters->flush().error().code(), ErrorCode::kCacheOwner);
  ::unlink(file().c_str());
  EXPECT_EQ(counters->flush()->totals.hits, 1u);
}

TEST_F(StatsTest, ReadOnlyCountsForItselfOnly) {
  auto counters = open_counters(true);
  for (int i = 0; i < 1000; ++i) counters->add(Counter::kHits);
  EXPECT_EQ(counters->read()->hits, 1000u);
  EXPECT_FALSE(counters->flush());
  counters.reset();
  EXPECT_FALSE(exists(file()));
}

TEST_F(StatsTest, ThreadsLoseNothing) {
  auto counters = open_counters();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) counters->add(Counter::kHits);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters->read()->hits, 20000u);
  EXPECT_EQ(counters->flush()->totals.hits, 20000u);
}

TEST_F(StatsTest, ProcessesLoseNothing) {
  std::vector<pid_t> children;
  for (int c = 0; c < 4; ++c) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto counters = open_counters();
      for (int i = 0; i < 2000; ++i) counters->add(Counter::kHits);
      while (!counters->flush()) {
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (pid_t child : children) ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(open_counters()->read()->hits, 8000u);
}

TEST_F(StatsTest, AChildDoesNotCountForItsParent) {
  auto counters = open_counters();
  counters->add(Counter::kHits, 10);
  EXPECT_CHILD([&]() -> std::string {
    counters->add(Counter::kHits, 1);
    CHILD_CHECK(counters->read()->hits == 1);
    CHILD_CHECK(counters->flush());
    return "";
  });
  EXPECT_EQ(counters->flush()->totals.hits, 11u);
}

}  // namespace
}  // namespace weir
