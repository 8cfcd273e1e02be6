// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Limits that belong to a folder, eviction beside the work, counts that begin anew.
#include "cache/store_config.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(StoreConfigText, ThereAndBack) {
  for (const StoreConfig& config : {StoreConfig{}, StoreConfig{.max_size = 0, .max_age = {}},
                                    StoreConfig{.max_size = ~uint64_t{0}, .max_age = 2592000s}}) {
    auto back = StoreConfig::from_text(config.to_text());
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(*back, config);
  }
  EXPECT_EQ(StoreConfig::from_text("# by hand\n\nmax-size = 5")->max_size, 5u);
  for (const char* bad : {"max-size = many", "max-size = 5k\n", "max-size=5", "size = 5",
                          "max-age = 99999999999999", "max-age = -1"}) {
    auto config = StoreConfig::from_text(std::string("\n") + bad);
    ASSERT_FALSE(config) << bad;
    EXPECT_THAT(config.error().message(), HasSubstr("line 2 of the cache's settings"));
  }
}

class StoreConfigTest : public StoreTest {
 protected:
  void put(LocalStore& store, int number, std::chrono::seconds age = 0s) {
    const Digest key = key_of(std::to_string(number));
    ASSERT_TRUE(store.put(key, noise(100), {}));
    // What is new may be evicted already.
    if (age > 0s) set_age(store.entry_path(key), age);
  }
};

TEST_F(StoreConfigTest, LimitsHoldForEveryoneWhoOpensTheFolder) {
  ASSERT_TRUE(open_store().set_config({.max_size = 20 * 4096, .max_age = {}}));
  LocalStore store = open_store();
  EXPECT_EQ(store.config().max_size, 20u * 4096);
  for (int i = 0; i < 40; ++i) {
    put(store, i, std::chrono::seconds(1000 - i));
    store.wait_for_eviction();
  }
  EXPECT_LE(store.list()->size(), 20u);
  // What the caller says goes before.
  LocalStore unlimited = open_store({.max_size = 0});
  for (int i = 100; i < 140; ++i) put(unlimited, i);
  unlimited.wait_for_eviction();
  EXPECT_GE(unlimited.list()->size(), 40u);
}

TEST_F(StoreConfigTest, OldEntriesGoByThemselves) {
  ASSERT_TRUE(open_store().set_config({.max_size = {}, .max_age = 24h}));
  LocalStore store = open_store();
  put(store, 1, 25h);
  put(store, 2, 23h);
  // The settings were written just now: not due.
  store.wait_for_eviction();
  EXPECT_EQ(store.list()->size(), 2u);
  set_age(folder_ + "/config", 2h);
  put(store, 3);
  store.wait_for_eviction();
  EXPECT_EQ(store.list()->size(), 2u);
  EXPECT_FALSE(exists(store.entry_path(key_of("1"))));
  EXPECT_LT(age_of(folder_ + "/config"), 1h);
}

TEST_F(StoreConfigTest, OneProcessEvictsAtATime) {
  LocalStore store = open_store({.max_size = 4096});
  // Somebody else is at it.
  const UniqueFd other(open_at(AT_FDCWD, folder_.c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  for (int i = 0; i < 5; ++i) put(store, i);
  store.wait_for_eviction();
  EXPECT_EQ(store.list()->size(), 5u);
  ASSERT_EQ(::flock(other.get(), LOCK_UN), 0);
  put(store, 5);
  store.wait_for_eviction();
  EXPECT_LE(store.list()->size(), 1u);
}

TEST_F(StoreConfigTest, ClosingTheStoreWaitsForTheEviction) {
  {
    LocalStore store = open_store({.max_size = 8 * 4096});
    for (int i = 0; i < 60; ++i) put(store, i);
  }
  LocalStore store = open_store();
  EXPECT_LE(store.stats()->bytes, 61u * 4096);
  EXPECT_LT(store.list()->size(), 60u);
}

TEST_F(StoreConfigTest, AChildAfterForkHasItsOwn) {
  LocalStore store = open_store({.max_size = 4 * 4096});
  for (int i = 0; i < 20; ++i) put(store, i);
  store.wait_for_eviction();
  EXPECT_CHILD([&]() -> std::string {
    for (int i = 20; i < 40; ++i) {
      CHILD_CHECK(store.put(key_of(std::to_string(i)), noise(100), {}));
    }
    store.wait_for_eviction();
    return "";
  });
  store.wait_for_eviction();
}

TEST_F(StoreConfigTest, BrokenSettingsAreTold) {
  { (void)open_store(); }
  cache_test::write_file(folder_ + "/config", as_bytes("max-size = all"));
  auto store = LocalStore::open(folder_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().where().file, folder_ + "/config");
  cache_test::write_file(folder_ + "/config", as_bytes("max-size = 1"), 0666);
  EXPECT_EQ(LocalStore::open(folder_).error().code(), ErrorCode::kCacheOwner);
}

TEST_F(StoreConfigTest, CountsBeginAnew) {
  LocalStore store = open_store();
  put(store, 1);
  (void)must_lookup(store, key_of("1"));
  (void)must_lookup(store, key_of("2"));
  const uint64_t bytes = store.stats()->bytes;
  ASSERT_TRUE(store.zero_stats());
  EXPECT_EQ(*store.stats(), Stats{.bytes = bytes});
  (void)must_lookup(store, key_of("1"));
  EXPECT_EQ(store.stats()->hits, 1u);
  StoreOptions reader;
  reader.read_only = true;
  EXPECT_FALSE(open_store(reader).zero_stats());
  EXPECT_FALSE(open_store(reader).set_config({}));
}

}  // namespace
}  // namespace weir
