// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/eviction.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <list>
#include <random>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using namespace std::chrono_literals;
using Kind = StoredFile::Kind;

const Time kNow = Time(std::chrono::seconds(2'000'000'000));

StoredFile file(std::string name, Kind kind, uint64_t size, std::chrono::seconds age) {
  StoredFile out;
  out.kind = kind;
  out.folder = "00";
  out.name = std::move(name);
  out.size = size;
  out.last_used = kNow - age;
  return out;
}

std::string victims(const std::vector<StoredFile>& files, const PruneLimits& limits) {
  std::string names;
  for (size_t i : choose_victims(files, limits, kNow)) names += files[i].name;
  return names;
}

TEST(Eviction, LeastRecentlyUsedFirst) {
  std::vector<StoredFile> files = {
      file("a", Kind::kEntry, 4096, 30s), file("b", Kind::kEntry, 4096, 10s),
      file("c", Kind::kEntry, 4096, 40s), file("d", Kind::kEntry, 4096, 20s)};
  EXPECT_EQ(victims(files, {}), "");
  EXPECT_EQ(victims(files, {.max_size = 4 * 4096, .max_age = {}}), "");
  EXPECT_EQ(victims(files, {.max_size = 4 * 4096 - 1, .max_age = {}}), "c");
  EXPECT_EQ(victims(files, {.max_size = 2 * 4096, .max_age = {}}), "ca");
  EXPECT_EQ(victims(files, {.max_size = 0, .max_age = {}}), "cadb");
  EXPECT_EQ(victims(files, {.max_size = {}, .max_age = 25s}), "ac");
  EXPECT_EQ(victims(files, {.max_size = {}, .max_age = 40s}), "");
}

TEST(Eviction, SizesAreWholeBlocks) {
  std::vector<StoredFile> files = {file("a", Kind::kEntry, 1, 2s),
                                   file("b", Kind::kEntry, 4097, 1s)};
  EXPECT_EQ(victims(files, {.max_size = 12288, .max_age = {}}), "");
  EXPECT_EQ(victims(files, {.max_size = 12287, .max_age = {}}), "a");
}

TEST(Eviction, EqualTimesGoByName) {
  std::vector<StoredFile> files = {file("b", Kind::kEntry, 1, 1s), file("a", Kind::kEntry, 1, 1s)};
  EXPECT_EQ(victims(files, {.max_size = 0, .max_age = {}}), "ab");
}

TEST(Eviction, DamagedBeforeEntriesTemporariesOnlyWhenStale) {
  std::vector<StoredFile> files = {
      file("e", Kind::kEntry, 1, 100h),       file("d", Kind::kDamaged, 1, 1s),
      file("o", Kind::kDamaged, 1, 24h * 31), file("t", Kind::kTemporary, 1, 3599s),
      file("s", Kind::kTemporary, 1, 3601s),
  };
  EXPECT_EQ(victims(files, {}), "os");
  EXPECT_EQ(victims(files, {.max_size = 8192, .max_age = {}}), "osd");
  EXPECT_EQ(victims(files, {.max_size = 0, .max_age = {}}), "osde");
}

// Against the simplest thing that could be right: a sorted list that loses its front.
TEST(Eviction, AgreesWithAModel) {
  std::minstd_rand random(9);
  for (int round = 0; round < 500; ++round) {
    std::vector<StoredFile> files;
    for (size_t i = random() % 30; i > 0; --i) {
      files.push_back(file(std::to_string(i), Kind::kEntry, random() % 20000,
                           std::chrono::seconds(random() % 50)));
    }
    uint64_t limit = random() % 200000;
    std::list<StoredFile> model(files.begin(), files.end());
    model.sort([](const StoredFile& a, const StoredFile& b) {
      return std::tie(a.last_used, a.name) < std::tie(b.last_used, b.name);
    });
    auto total = [&] {
      uint64_t sum = 0;
      for (const StoredFile& f : model) sum += disk_size(f.size);
      return sum;
    };
    std::string expected;
    while (total() > limit) {
      expected += model.front().name;
      model.pop_front();
    }
    EXPECT_EQ(victims(files, {.max_size = limit, .max_age = {}}), expected);
  }
}

class PruneTest : public StoreTest {
 protected:
  // Names that are not of one length would sort differently; keys do not care.
  void put(LocalStore& store, const std::string& name, std::chrono::seconds age) {
    ASSERT_TRUE(store.put(key_of(name), noise(100), description_of(name)));
    set_age(store.entry_path(key_of(name)), age);
  }
  std::vector<std::string> kept(LocalStore& store) {
    std::vector<std::string> names;
    auto entries = store.list();
    if (!entries) return {"error"};
    for (const EntryInfo& entry : *entries)
      names.push_back(entry.description.key_fields.at(1).value);
    return names;
  }
};

TEST_F(PruneTest, BySizeAndByAge) {
  LocalStore store = open_store();
  put(store, "old", 30h);
  put(store, "new", 10h);
  put(store, "middle", 20h);
  auto report = store.prune({.max_size = 8192, .max_age = {}});
  ASSERT_TRUE(report);
  ASSERT_EQ(report->removed.size(), 1u);
  EXPECT_EQ(report->removed[0].key, key_of("old"));
  EXPECT_EQ(report->removed_entries, 1u);
  EXPECT_EQ(report->removed_bytes, 4096u);
  EXPECT_EQ(report->kept_entries, 2u);
  EXPECT_EQ(report->kept_bytes, 8192u);
  EXPECT_EQ(kept(store), (std::vector<std::string>{"new", "middle"}));
  ASSERT_TRUE(store.prune({.max_size = {}, .max_age = 15h}));
  EXPECT_EQ(kept(store), (std::vector<std::string>{"new"}));
  EXPECT_EQ(store.stats()->evicted, 2u);
  EXPECT_EQ(store.stats()->bytes, 4096u);
}

TEST_F(PruneTest, AHitMakesAnEntryYoung) {
  LocalStore store = open_store();
  put(store, "a", 30h);
  put(store, "b", 20h);
  put(store, "c", 10h);
  EXPECT_TRUE(must_lookup(store, key_of("a")).hit());
  EXPECT_LT(age_of(store.entry_path(key_of("a"))), 60s);
  ASSERT_TRUE(store.prune({.max_size = 4096, .max_age = {}}));
  EXPECT_EQ(kept(store), (std::vector<std::string>{"a"}));
}

TEST_F(PruneTest, TimeOfUseMovesOnlyAfterTheInterval) {
  LocalStore store = open_store({.touch_interval = 3600s});
  put(store, "a", 3000s);
  (void)must_lookup(store, key_of("a"));
  EXPECT_GE(age_of(store.entry_path(key_of("a"))), 3000s);
  set_age(store.entry_path(key_of("a")), 3700s);
  (void)must_lookup(store, key_of("a"));
  EXPECT_LT(age_of(store.entry_path(key_of("a"))), 60s);
  // A clock that was ahead must not keep an entry for ever.
  set_age(store.entry_path(key_of("a")), -9000h);
  (void)must_lookup(store, key_of("a"));
  EXPECT_GE(age_of(store.entry_path(key_of("a"))), -1s);
}

TEST_F(PruneTest, StaleTemporariesGo) {
  LocalStore store = open_store();
  put(store, "a", 0s);
  write_file(folder_ + "/tmp/123-0-1a", as_bytes("fresh"));
  write_file(folder_ + "/tmp/124-0-1a", as_bytes("stale"));
  write_file(folder_ + "/tmp/notes.txt", as_bytes("not ours"));
  set_age(folder_ + "/tmp/124-0-1a", 2h);
  set_age(folder_ + "/tmp/notes.txt", 2h);
  auto report = store.prune({});
  ASSERT_TRUE(report);
  ASSERT_EQ(report->removed.size(), 1u);
  EXPECT_EQ(report->removed[0].relative(), "tmp/124-0-1a");
  EXPECT_EQ(names_in(folder_ + "/tmp"), (std::vector<std::string>{"123-0-1a", "notes.txt"}));
}

TEST_F(PruneTest, WhatIsNotOursStays) {
  LocalStore store = open_store();
  put(store, "a", 1h);
  const std::string bucket = folder_ + "/" + key_of("a").hex().substr(0, 2);
  write_file(bucket + "/README", as_bytes("x"));
  write_file(bucket + "/" + std::string(62, 'G') + ".entry", as_bytes("x"));
  write_file(bucket + "/" + std::string(61, 'a') + ".entry", as_bytes("x"));
  write_file(folder_ + "/ee", as_bytes("a file where a folder could be"));
  write_file(folder_ + "/photo.jpg", as_bytes("x"));
  write_file(folder_ + "/holiday", as_bytes("x"));
  ASSERT_TRUE(store.prune({.max_size = 0, .max_age = {}}));
  ASSERT_TRUE(store.clear());
  EXPECT_EQ(names_in(bucket).size(), 3u);
  EXPECT_TRUE(exists(folder_ + "/ee"));
  EXPECT_TRUE(exists(folder_ + "/photo.jpg"));
  EXPECT_TRUE(exists(folder_ + "/holiday"));
}

TEST_F(PruneTest, PutKeepsTheFolderBelowItsLimit) {
  LocalStore store = open_store({.max_size = 20 * 4096});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(
        store.put(key_of(std::to_string(i)), noise(100), description_of(std::to_string(i))));
    // The clock of the file system ticks in milliseconds; the order must not hang on it.
    set_age(store.entry_path(key_of(std::to_string(i))), std::chrono::seconds(1000 - i));
    store.wait_for_eviction();
    EXPECT_LE(store.list()->size(), 20u);
    EXPECT_LE(store.stats()->bytes, 20u * 4096);
  }
  EXPECT_GE(store.list()->size(), 18u);
  EXPECT_TRUE(must_lookup(store, key_of("99")).hit());
  EXPECT_TRUE(must_lookup(store, key_of("90")).hit());
  EXPECT_TRUE(must_lookup(store, key_of("5")).absent());
}

TEST_F(PruneTest, LostCountersAreCountedAnew) {
  {
    LocalStore store = open_store({.max_size = 0});
    for (int i = 0; i < 30; ++i) put(store, std::to_string(i), std::chrono::seconds(1000 - i));
    EXPECT_EQ(store.stats()->bytes, 30u * 4096);
  }
  write_file(folder_ + "/counters", as_bytes("damaged"));
  LocalStore store = open_store({.max_size = 20 * 4096});
  put(store, "one more", 0s);
  store.wait_for_eviction();
  EXPECT_LE(store.list()->size(), 20u);
  EXPECT_EQ(store.stats()->bytes, store.list()->size() * 4096);
}

}  // namespace
}  // namespace weir
