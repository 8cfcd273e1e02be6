// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A disk that is full, a folder that may not be written, a limit on files: errors as values, and
// what was there stays readable.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "cache/folder.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;

constexpr uid_t kNobody = 65534;

using FaultTest = StoreTest;

// In a child: a mount namespace of its own, so that nothing stays mounted whatever happens.
std::string mount_at(const std::string& path, const char* options) {
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return "SKIP: no mount namespace (needs root)";
  }
  if (::mount("tmpfs", path.c_str(), "tmpfs", 0, options) != 0) return "SKIP: cannot mount a tmpfs";
  return "";
}

TEST_F(FaultTest, FullDisk) {
  EXPECT_CHILD([&]() -> std::string {
    if (std::string said = mount_at(scratch_.path(), "size=128k,mode=0700"); !said.empty())
      return said;
    LocalStore store = open_store();
    int kept = 0;
    for (;; ++kept) {
      CHILD_CHECK(kept < 100);
      auto put = store.put(key_of(std::to_string(kept)), noise(6000, 1), description_of("d"));
      if (put) continue;
      CHILD_CHECK(put.error().code() == ErrorCode::kCacheUnavailable);
      CHILD_CHECK(put.error().message().find("No space left") != std::string::npos);
      break;
    }
    CHILD_CHECK(kept > 5);
    CHILD_CHECK(names_in(folder_ + "/tmp").empty());
    for (int i = 0; i < kept; ++i) {
      auto found = store.lookup(key_of(std::to_string(i)));
      CHILD_CHECK(found && found->hit() && found->object == noise(6000, 1));
    }
    CHILD_CHECK(store.lookup(key_of(std::to_string(kept)))->absent());
    // Not even a byte is left now, and still: a damaged entry is noticed, counted and not given
    // out.
    UniqueFd filler(open_at(AT_FDCWD, (scratch_ / "filler").c_str(), O_WRONLY | O_CREAT, 0600));
    Bytes block(4096, 1);
    while (::write(filler.get(), block.data(), block.size()) > 0) {
    }
    UniqueFd entry(open_at(AT_FDCWD, store.entry_path(key_of("0")).c_str(), O_WRONLY));
    CHILD_CHECK(::pwrite(entry.get(), "XXXX", 4, 100) == 4);
    auto damaged = store.lookup(key_of("0"));
    CHILD_CHECK(damaged && damaged->damaged());
    CHILD_CHECK(store.lookup(key_of("1"))->hit());
    CHILD_CHECK(store.stats());
    CHILD_CHECK(store.verify());
    CHILD_CHECK(store.verify()->whole >= static_cast<uint64_t>(kept - 1));
    // Room again.
    CHILD_CHECK(store.prune({.max_size = 20000, .max_age = {}}));
    CHILD_CHECK(store.put(key_of("more"), noise(6000, 2), {}));
    CHILD_CHECK(store.lookup(key_of("more"))->hit());
    return "";
  });
}

TEST_F(FaultTest, NoRoomForTheCounters) {
  EXPECT_CHILD([&]() -> std::string {
    if (std::string said = mount_at(scratch_.path(), "size=64k,mode=0700"); !said.empty())
      return said;
    UniqueFd filler(open_at(AT_FDCWD, (scratch_ / "filler").c_str(), O_WRONLY | O_CREAT, 0600));
    Bytes block(4096, 1);
    while (::write(filler.get(), block.data(), block.size()) > 0) {
    }
    LocalStore store = open_store();
    for (int i = 0; i < 1000; ++i) CHILD_CHECK(store.lookup(key_of("k"))->absent());
    CHILD_CHECK(!store.flush_stats());
    CHILD_CHECK(store.stats()->misses == 1000);
    CHILD_CHECK(!store.put(key_of("k"), noise(100), {}));
    return "";
  });
}

TEST_F(FaultTest, ReadOnlyFileSystem) {
  EXPECT_CHILD([&]() -> std::string {
    if (std::string said = mount_at(scratch_.path(), "size=1m,mode=0700"); !said.empty())
      return said;
    {
      LocalStore store = open_store();
      CHILD_CHECK(store.put(key_of("k"), noise(100), {}));
      CHILD_CHECK(store.put(key_of("bad"), noise(100), {}));
      set_age(store.entry_path(key_of("k")), std::chrono::hours(5));
      write_file(store.entry_path(key_of("bad")), as_bytes("rubbish"));
    }
    CHILD_CHECK(
        ::mount(nullptr, scratch_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    LocalStore store = open_store();
    for (int i = 0; i < 300; ++i) CHILD_CHECK(store.lookup(key_of("k"))->hit());
    CHILD_CHECK(store.lookup(key_of("none"))->absent());
    auto damaged = store.lookup(key_of("bad"));
    CHILD_CHECK(damaged->damaged() && damaged->set_aside.empty());
    auto put = store.put(key_of("k"), noise(100), {});
    CHILD_CHECK(!put && put.error().code() == ErrorCode::kCacheUnavailable);
    CHILD_CHECK(put.error().message().find("Read-only") != std::string::npos);
    CHILD_CHECK(store.list()->size() == 2);
    CHILD_CHECK(store.verify()->whole == 1);
    auto pruned = store.prune({.max_size = 0, .max_age = {}});
    CHILD_CHECK(pruned && pruned->problems.size() == 2 && pruned->kept_entries == 2);
    auto cleared = store.clear();
    CHILD_CHECK(cleared && cleared->problems.size() == 2 && cleared->entries == 0);
    CHILD_CHECK(store.lookup(key_of("k"))->hit());
    return "";
  });
}

// The same by permissions, without being root: every folder is 0500.
TEST_F(FaultTest, FoldersThatMayNotBeWritten) {
  {
    LocalStore store = open_store();
    ASSERT_TRUE(store.put(key_of("k"), noise(100), {}));
  }
  std::string command = "find " + scratch_.path() + " -type f -exec chmod 0400 {} + && find " +
                        scratch_.path() + " -type d -exec chmod 0500 {} +";
  if (::geteuid() == 0) command += " && chown -R 65534 " + scratch_.path();
  ASSERT_EQ(::system(command.c_str()), 0);
  EXPECT_CHILD([&]() -> std::string {
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) return "SKIP: cannot become another user";
    LocalStore store = open_store();
    CHILD_CHECK(store.lookup(key_of("k"))->hit());
    CHILD_CHECK(store.lookup(key_of("none"))->absent());
    CHILD_CHECK(store.put(key_of("k"), noise(100), {}).error().code() ==
                ErrorCode::kCacheUnavailable);
    CHILD_CHECK(store.put(key_of("none"), noise(100), {}).error().code() ==
                ErrorCode::kCacheUnavailable);
    CHILD_CHECK(!store.flush_stats());
    CHILD_CHECK(LocalStore::open(folder_ + "/new").error().code() == ErrorCode::kCacheUnavailable);
    return "";
  });
  command = "chmod -R u+rwx " + scratch_.path();
  ASSERT_EQ(::system(command.c_str()), 0);
}

TEST_F(FaultTest, ReadOnlyOptionChangesNothing) {
  {
    LocalStore store = open_store();
    ASSERT_TRUE(store.put(key_of("k"), noise(100), {}));
    ASSERT_TRUE(store.put(key_of("bad"), noise(100), {}));
    write_file(store.entry_path(key_of("bad")), as_bytes("rubbish"));
    set_age(store.entry_path(key_of("k")), std::chrono::hours(5));
  }
  const Bytes counters = read_file(folder_ + "/counters");
  {
    LocalStore store = open_store({.read_only = true});
    EXPECT_TRUE(must_lookup(store, key_of("k")).hit());
    EXPECT_TRUE(must_lookup(store, key_of("bad")).damaged());
    EXPECT_EQ(store.put(key_of("k"), {}, {}).error().code(), ErrorCode::kCacheUnavailable);
    EXPECT_FALSE(store.prune({}));
    EXPECT_FALSE(store.clear());
    EXPECT_EQ(store.verify()->damaged.size(), 1u);
    EXPECT_GE(age_of(store.entry_path(key_of("k"))), std::chrono::hours(4));
    EXPECT_TRUE(exists(store.entry_path(key_of("bad"))));
    EXPECT_EQ(store.stats()->hits, 1u);
  }
  EXPECT_EQ(read_file(folder_ + "/counters"), counters);
}

TEST_F(FaultTest, FileSizeLimit) {
  EXPECT_CHILD([&]() -> std::string {
    LocalStore store = open_store();
    CHILD_CHECK(store.put(key_of("small"), noise(100), {}));
    rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    CHILD_CHECK(store.put(key_of("large"), noise(5000), {}).error().code() ==
                ErrorCode::kCacheUnavailable);
    CHILD_CHECK(names_in(folder_ + "/tmp").empty());
    limit = {.rlim_cur = 10, .rlim_max = 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 1000; ++i) CHILD_CHECK(store.lookup(key_of("small"))->hit());
    CHILD_CHECK(!store.flush_stats());
    return "";
  });
}

TEST_F(FaultTest, NoFileDescriptors) {
  EXPECT_CHILD([&]() -> std::string {
    LocalStore store = open_store();
    CHILD_CHECK(store.put(key_of("k"), noise(100), {}));
    rlimit limit{.rlim_cur = 3, .rlim_max = 3};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    CHILD_CHECK(store.lookup(key_of("k")).error().code() == ErrorCode::kCacheUnavailable);
    CHILD_CHECK(store.put(key_of("k"), noise(100), {}).error().code() ==
                ErrorCode::kCacheUnavailable);
    CHILD_CHECK(!store.list());
    CHILD_CHECK(!store.flush_stats());
    CHILD_CHECK(!LocalStore::open(folder_));
    return "";
  });
}

}  // namespace
}  // namespace weir
