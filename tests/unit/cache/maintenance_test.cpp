// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// list, find_by_prefix, explain, verify, clear. (prune: eviction_test.cpp)
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cache/entry.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

using MaintenanceTest = StoreTest;

// A key that starts with the given hex digits.
Digest key_from(std::string hex) {
  hex.resize(64, '0');
  return *Digest::from_hex(hex);
}

TEST_F(MaintenanceTest, ListsMostRecentFirst) {
  LocalStore store = open_store();
  EXPECT_TRUE(store.list()->empty());
  for (int i = 0; i < 5; ++i) {
    std::string name = std::to_string(i);
    ASSERT_TRUE(store.put(key_of(name), Bytes(10000, 1), description_of(name)));
    set_age(store.entry_path(key_of(name)), std::chrono::hours(i + 1));
  }
  auto entries = store.list();
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    const EntryInfo& entry = entries->at(i);
    EXPECT_EQ(entry.key, key_of(std::to_string(i)));
    EXPECT_EQ(entry.description, description_of(std::to_string(i)));
    EXPECT_EQ(entry.object_size, 10000u);
    EXPECT_EQ(entry.file_size, read_file(store.entry_path(entry.key)).size());
    EXPECT_NEAR(static_cast<double>((std::chrono::system_clock::now() - entry.last_used) / 1s),
                3600.0 * static_cast<double>(i + 1), 100);
    EXPECT_FALSE(entry.problem);
  }
}

TEST_F(MaintenanceTest, ListShowsProblems) {
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(key_of("a"), noise(10), {}));
  write_file(store.entry_path(key_of("a")), as_bytes("rubbish"));
  auto entries = store.list();
  ASSERT_EQ(entries->size(), 1u);
  ASSERT_TRUE(entries->at(0).problem);
  EXPECT_EQ(entries->at(0).problem->code(), ErrorCode::kCacheDamaged);
  EXPECT_EQ(entries->at(0).file_size, 7u);
  EXPECT_TRUE(exists(store.entry_path(key_of("a"))));
}

TEST_F(MaintenanceTest, ListReadsLongDescriptions) {
  LocalStore store = open_store();
  Description description;
  description.note("n", std::string(50000, 'v'));
  ASSERT_TRUE(store.put(key_of("a"), noise(10), description));
  EXPECT_EQ(store.list()->at(0).description, description);
}

TEST_F(MaintenanceTest, FindsByPrefix) {
  LocalStore store = open_store();
  for (const char* hex : {"ab12", "ab13", "ac", "f"})
    ASSERT_TRUE(store.put(key_from(hex), noise(10), {}));
  EXPECT_EQ(*store.find_by_prefix("f"), key_from("f"));
  EXPECT_EQ(*store.find_by_prefix("ac"), key_from("ac"));
  EXPECT_EQ(*store.find_by_prefix("AB12"), key_from("ab12"));
  EXPECT_EQ(*store.find_by_prefix(key_from("ab13").hex()), key_from("ab13"));
  auto ambiguous = store.find_by_prefix("ab");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code(), ErrorCode::kUsage);
  EXPECT_THAT(ambiguous.error().message(), HasSubstr("ambiguous, 2 keys"));
  EXPECT_THAT(ambiguous.error().message(), HasSubstr(key_from("ab12").hex()));
  EXPECT_EQ(store.find_by_prefix("a").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(store.find_by_prefix("0").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store.find_by_prefix("ab14").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store.find_by_prefix("").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(store.find_by_prefix("../..").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(store.find_by_prefix(std::string(65, 'a')).error().code(), ErrorCode::kUsage);
}

TEST_F(MaintenanceTest, Explains) {
  LocalStore store = open_store();
  Digest key = key_from("ab12");
  ASSERT_TRUE(store.put(key, Bytes(9000, 1), description_of("x")));
  auto info = store.explain("ab");
  ASSERT_TRUE(info) << info.error().to_string();
  EXPECT_EQ(info->key, key);
  EXPECT_EQ(info->object_size, 9000u);
  EXPECT_EQ(info->file_size, read_file(store.entry_path(key)).size());
  EXPECT_EQ(info->description, description_of("x"));
  EXPECT_EQ(store.explain("cd").error().code(), ErrorCode::kNotFound);

  Bytes bad = read_file(store.entry_path(key));
  bad.back() ^= 1;
  write_file(store.entry_path(key), bad);
  EXPECT_EQ(store.explain("ab").error().code(), ErrorCode::kCacheDamaged);
  EXPECT_TRUE(exists(store.entry_path(key)));
}

TEST_F(MaintenanceTest, VerifySetsTheDamagedAside) {
  LocalStore store = open_store();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store.put(key_of(std::to_string(i)), noise(100), {}));
  EXPECT_EQ(store.verify()->whole, 20u);
  for (int i = 0; i < 3; ++i) {
    std::string path = store.entry_path(key_of(std::to_string(i)));
    Bytes bad = read_file(path);
    bad[70 + static_cast<size_t>(i)] ^= 4;
    write_file(path, bad);
  }
  ASSERT_EQ(::chmod(store.entry_path(key_of("3")).c_str(), 0666), 0);
  auto report = store.verify();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->whole, 16u);
  ASSERT_EQ(report->damaged.size(), 3u);
  for (const auto& damaged : report->damaged) {
    EXPECT_TRUE(exists(damaged.set_aside));
    EXPECT_FALSE(exists(store.entry_path(damaged.key)));
  }
  ASSERT_EQ(report->refused.size(), 1u);
  EXPECT_EQ(report->refused[0].code(), ErrorCode::kCacheOwner);
  EXPECT_EQ(store.verify()->damaged.size(), 0u);
  EXPECT_EQ(store.stats()->damaged, 3u);
  EXPECT_EQ(store.stats()->bytes, 17u * 4096);
}

TEST_F(MaintenanceTest, ClearRemovesAllOfOurs) {
  LocalStore store = open_store();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store.put(key_of(std::to_string(i)), noise(100), {}));
  write_file(store.entry_path(key_of("0")), as_bytes("rubbish"));
  EXPECT_TRUE(must_lookup(store, key_of("0")).damaged());
  write_file(folder_ + "/tmp/1-2-3", as_bytes("left behind"));
  auto report = store.clear();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries, 19u);
  EXPECT_EQ(report->bytes, (19 + 2 + 1) * 4096u);
  EXPECT_TRUE(report->problems.empty());
  EXPECT_TRUE(store.list()->empty());
  EXPECT_TRUE(names_in(folder_ + "/tmp").empty());
  EXPECT_TRUE(names_in(folder_ + "/damaged").empty());
  EXPECT_EQ(store.stats()->puts, 20u);
  EXPECT_EQ(store.stats()->bytes, 0u);
  ASSERT_TRUE(store.put(key_of("0"), noise(100), {}));
  EXPECT_TRUE(must_lookup(store, key_of("0")).hit());
}

}  // namespace
}  // namespace weir
