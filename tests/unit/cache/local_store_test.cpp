// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lookup, put and what a damaged entry meets.
#include "cache/local_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/entry.h"
#include "cache/folder.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using ::testing::HasSubstr;

using LocalStoreTest = StoreTest;

TEST_F(LocalStoreTest, PutThenHit) {
  LocalStore store = open_store();
  Digest key = key_of("k");
  EXPECT_TRUE(must_lookup(store, key).absent());
  for (const Bytes& object : {noise(5000), Bytes(), Bytes(100000, 1)}) {
    ASSERT_TRUE(store.put(key, object, description_of("k")));
    Lookup found = must_lookup(store, key);
    ASSERT_TRUE(found.hit());
    EXPECT_EQ(found.object, object);
    EXPECT_EQ(found.description, description_of("k"));
  }
  EXPECT_EQ(*store.stats(), (Stats{.hits = 3, .misses = 1, .puts = 3, .bytes = 4096}));
  EXPECT_TRUE(names_in(folder_ + "/tmp").empty());
}

TEST_F(LocalStoreTest, AnotherProcessSeesIt) {
  Digest key = key_of("k");
  EXPECT_CHILD([&]() -> std::string {
    LocalStore store = open_store({.sync = true});
    CHILD_CHECK(store.put(key, noise(100), {}));
    return "";
  });
  LocalStore store = open_store();
  EXPECT_TRUE(must_lookup(store, key).hit());
}

TEST_F(LocalStoreTest, ModesAndNames) {
  mode_t before = ::umask(0);
  LocalStore store = open_store();
  Digest key = key_of("k");
  ASSERT_TRUE(store.put(key, noise(10), {}));
  ::umask(before);
  auto mode = [](const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  };
  std::string hex = key.hex();
  EXPECT_EQ(store.entry_path(key),
            folder_ + "/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".entry");
  EXPECT_EQ(mode(folder_), 0700u);
  EXPECT_EQ(mode(folder_ + "/" + hex.substr(0, 2)), 0700u);
  EXPECT_EQ(mode(folder_ + "/tmp"), 0700u);
  EXPECT_EQ(mode(store.entry_path(key)), 0600u);
  EXPECT_EQ(mode(folder_ + "/counters"), 0600u);
  EXPECT_THAT(std::string(as_text(read_file(folder_ + "/CACHEDIR.TAG"))),
              HasSubstr("Signature: 8a477f597d28d172789f06886806bc55"));
}

TEST_F(LocalStoreTest, AFolderThatWasThereIsNotTagged) {
  ASSERT_EQ(::mkdir(folder_.c_str(), 0700), 0);
  LocalStore store = open_store();
  EXPECT_FALSE(exists(folder_ + "/CACHEDIR.TAG"));
}

TEST_F(LocalStoreTest, MakesMissingParents) {
  folder_ = scratch_ / "a/b//c/";
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(key_of("k"), noise(10), {}));
  EXPECT_TRUE(exists(scratch_ / "a/b/c/CACHEDIR.TAG"));
}

// Checks that the spoiled entry is not a hit, is set aside with its reason, and can be put again.
void expect_set_aside(LocalStore& store, const Digest& key, const std::string& folder,
                      std::string_view reason) {
  const size_t before = names_in(folder + "/damaged").size();
  const Bytes spoiled = read_file(store.entry_path(key));
  auto found = store.lookup(key);
  ASSERT_TRUE(found) << found.error().to_string();
  ASSERT_TRUE(found->damaged());
  EXPECT_TRUE(found->object.empty());
  ASSERT_TRUE(found->damage);
  EXPECT_EQ(found->damage->code(), ErrorCode::kCacheDamaged);
  EXPECT_THAT(found->damage->message(), HasSubstr(std::string(reason)));
  EXPECT_EQ(found->damage->where().file, store.entry_path(key));
  EXPECT_FALSE(exists(store.entry_path(key)));
  ASSERT_TRUE(exists(found->set_aside)) << found->set_aside;
  EXPECT_EQ(read_file(found->set_aside), spoiled);
  std::string why = found->set_aside.substr(0, found->set_aside.size() - 6) + ".reason";
  EXPECT_THAT(std::string(as_text(read_file(why))), HasSubstr(found->damage->message()));
  EXPECT_EQ(names_in(folder + "/damaged").size(), before + 2);
  EXPECT_TRUE(store.lookup(key)->absent());
}

TEST_F(LocalStoreTest, DamagedIsSetAside) {
  LocalStore store = open_store();
  Digest key = key_of("k");
  const std::string path = store.entry_path(key);
  const Bytes good = *encode_entry(key, noise(100), description_of("k"));
  ASSERT_TRUE(store.put(key, noise(100), description_of("k")));
  EXPECT_EQ(read_file(path), good);

  Bytes bad = good;
  bad[80] ^= 1;
  write_file(path, bad);
  expect_set_aside(store, key, folder_, "checksum mismatch");
  write_file(path, ByteSpan(good).first(50));
  expect_set_aside(store, key, folder_, "truncated");
  write_file(path, {});
  expect_set_aside(store, key, folder_, "truncated: 0 bytes");
  write_file(path, *encode_entry(key_of("another"), noise(100), {}));
  expect_set_aside(store, key, folder_, "wrong key");

  // Larger than any entry: not even read.
  write_file(path, good);
  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(kMaxEntrySize + 1)), 0);
  auto huge = must_lookup(store, key);
  ASSERT_TRUE(huge.damaged());
  EXPECT_THAT(huge.damage->message(), HasSubstr("oversized: a file of"));

  EXPECT_EQ(store.stats()->damaged, 5u);
  EXPECT_EQ(store.stats()->hits, 0u);
  ASSERT_TRUE(store.put(key, noise(100), description_of("k")));
  EXPECT_TRUE(must_lookup(store, key).hit());
}

TEST_F(LocalStoreTest, EveryBitAndEveryLengthOnDisk) {
  LocalStore store = open_store();
  Digest key = key_of("k");
  const std::string path = store.entry_path(key);
  ASSERT_TRUE(store.put(key, noise(20), {}));
  const Bytes good = read_file(path);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    write_file(path, bad);
    ASSERT_TRUE(must_lookup(store, key).damaged()) << bit;
  }
  for (size_t size = 0; size < good.size(); ++size) {
    write_file(path, ByteSpan(good).first(size));
    ASSERT_TRUE(must_lookup(store, key).damaged()) << size;
  }
  EXPECT_EQ(store.stats()->damaged, good.size() * 9);
  EXPECT_EQ(names_in(folder_ + "/damaged").size(), 2 * good.size() * 9);
}

TEST_F(LocalStoreTest, AnotherFormatVersionIsAbsentAndStays) {
  LocalStore store = open_store();
  Digest key = key_of("k");
  Bytes entry = *encode_entry(key, noise(100), {});
  entry[8] = kEntryVersion + 1;
  seal(entry);
  ASSERT_TRUE(store.put(key, {}, {}));
  write_file(store.entry_path(key), entry);
  EXPECT_TRUE(must_lookup(store, key).absent());
  EXPECT_EQ(read_file(store.entry_path(key)), entry);
  EXPECT_EQ(store.verify()->other_version, 1u);
  ASSERT_TRUE(store.list()->at(0).problem);
  ASSERT_TRUE(store.put(key, noise(7), {}));
  EXPECT_TRUE(must_lookup(store, key).hit());
}

TEST_F(LocalStoreTest, TooLarge) {
  LocalStore store = open_store();
  Description description;
  description.note("n", std::string(kMaxDescriptionSize, 'v'));
  EXPECT_EQ(store.put(key_of("k"), {}, description).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(must_lookup(store, key_of("k")).absent());
}

TEST_F(LocalStoreTest, StoresCanBeMoved) {
  TemporaryFolder other;
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(key_of("k"), noise(10), {}));
  auto second = LocalStore::open(other / "cache");
  ASSERT_TRUE(second);
  (void)second->lookup(key_of("k"));
  *second = std::move(store);
  EXPECT_TRUE(must_lookup(*second, key_of("k")).hit());
  EXPECT_EQ(second->name(), folder_);
}

TEST_F(LocalStoreTest, BehindTheInterface) {
  std::unique_ptr<Store> store = std::make_unique<LocalStore>(open_store());
  ASSERT_TRUE(store->put(key_of("k"), noise(10), {}));
  EXPECT_TRUE(store->lookup(key_of("k"))->hit());
}

TEST_F(LocalStoreTest, FolderRemovedUnderneath) {
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(key_of("k"), noise(10), {}));
  ASSERT_EQ(::rename(folder_.c_str(), (scratch_ / "moved").c_str()), 0);
  // The store holds the folder, not its name.
  EXPECT_TRUE(must_lookup(store, key_of("k")).hit());
  std::string command = "rm -rf " + (scratch_ / "moved");
  ASSERT_EQ(::system(command.c_str()), 0);
  EXPECT_TRUE(must_lookup(store, key_of("k")).absent());
  EXPECT_EQ(store.put(key_of("k"), noise(10), {}).error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_FALSE(store.prune({}).has_value() && !store.list()->empty());
}

TEST(CacheFolder, ComesFromTheEnvironment) {
  EXPECT_CHILD([]() -> std::string {
    ::setenv("HOME", "/home/u", 1);
    ::unsetenv("XDG_CACHE_HOME");
    ::unsetenv("WEIR_CACHE_DIR");
    CHILD_CHECK(*default_cache_folder() == "/home/u/.cache/weir");
    ::setenv("XDG_CACHE_HOME", "relative", 1);
    CHILD_CHECK(*default_cache_folder() == "/home/u/.cache/weir");
    ::setenv("XDG_CACHE_HOME", "/x", 1);
    CHILD_CHECK(*default_cache_folder() == "/x/weir");
    ::setenv("WEIR_CACHE_DIR", "", 1);
    CHILD_CHECK(*default_cache_folder() == "/x/weir");
    ::setenv("WEIR_CACHE_DIR", "/w", 1);
    CHILD_CHECK(*default_cache_folder() == "/w");
    ::unsetenv("WEIR_CACHE_DIR");
    ::unsetenv("XDG_CACHE_HOME");
    ::unsetenv("HOME");
    CHILD_CHECK(default_cache_folder().error().code() == ErrorCode::kCacheUnavailable);
    CHILD_CHECK(!default_cache_folder().error().hint().empty());
    return "";
  });
}

TEST(CacheFolder, BadPaths) {
  EXPECT_EQ(LocalStore::open("").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(LocalStore::open(std::string("/tmp/a\0b", 8)).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(LocalStore::open("/proc/no/such/place").error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_EQ(LocalStore::open("/dev/null").error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_EQ(LocalStore::open("/no/such/folder", {.read_only = true}).error().code(),
            ErrorCode::kCacheUnavailable);
  EXPECT_FALSE(exists("/no"));
}

}  // namespace
}  // namespace weir
