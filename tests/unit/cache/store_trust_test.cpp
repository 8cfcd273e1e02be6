// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whose files the store believes: only the user's own, and only if nobody else may write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using ::testing::HasSubstr;

constexpr uid_t kNobody = 65534;

class TrustTest : public StoreTest {
 protected:
  TrustTest() : store_(open_store()) {
    EXPECT_TRUE(store_.put(key_, noise(100), {}));
    path_ = store_.entry_path(key_);
    bucket_ = path_.substr(0, path_.rfind('/'));
  }
  // The lookup ends in CacheOwner with a hint, the file stays, and a put mends it if `mends`.
  void expect_refused(std::string_view words, std::string_view hint, bool mends = true) {
    auto found = store_.lookup(key_);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), ErrorCode::kCacheOwner) << found.error().to_string();
    EXPECT_THAT(found.error().message(), HasSubstr(std::string(words)));
    EXPECT_THAT(found.error().hint(), HasSubstr(std::string(hint)));
    EXPECT_TRUE(exists(path_));
    EXPECT_EQ(store_.stats()->hits, 0u);
    EXPECT_GE(store_.stats()->refused, 1u);
    if (!mends) return;
    ASSERT_TRUE(store_.put(key_, noise(100), {}));
    EXPECT_TRUE(must_lookup(store_, key_).hit());
  }
  Digest key_ = key_of("trust");
  LocalStore store_;
  std::string path_;
  std::string bucket_;
};

TEST_F(TrustTest, GroupWritableEntry) {
  ASSERT_EQ(::chmod(path_.c_str(), 0620), 0);
  expect_refused("others may write the file (mode 0620)", "chmod go-w '" + path_ + "'");
}

TEST_F(TrustTest, WorldWritableEntry) {
  ASSERT_EQ(::chmod(path_.c_str(), 0602), 0);
  expect_refused("mode 0602", "chmod go-w");
}

TEST_F(TrustTest, ReadableByOthersIsFine) {
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  EXPECT_TRUE(must_lookup(store_, key_).hit());
}

TEST_F(TrustTest, AnothersEntry) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(path_.c_str(), kNobody, 0), 0);
  expect_refused("belongs to user 65534, this process runs as 0", "chown 0 '" + path_ + "'");
}

TEST_F(TrustTest, SymbolicLink) {
  std::string real = scratch_ / "real.entry";
  ASSERT_EQ(::rename(path_.c_str(), real.c_str()), 0);
  ASSERT_EQ(::symlink(real.c_str(), path_.c_str()), 0);
  expect_refused("a symbolic link, not a regular file", "rm '" + path_ + "'");
  EXPECT_TRUE(exists(real));
}

TEST_F(TrustTest, Fifo) {
  ::unlink(path_.c_str());
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_refused("not a regular file", "rm");
}

TEST_F(TrustTest, Socket) {
  ::unlink(path_.c_str());
  // Paths of sockets are short: bind in the folder.
  ASSERT_EQ(run_in_child([&]() -> std::string {
              CHILD_CHECK(::chdir(bucket_.c_str()) == 0);
              int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
              sockaddr_un address{};
              address.sun_family = AF_UNIX;
              std::string name = path_.substr(path_.rfind('/') + 1);
              std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
              CHILD_CHECK(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
              return "";
            }),
            "");
  expect_refused("a socket, not a regular file", "rm");
}

TEST_F(TrustTest, FolderInTheEntrysPlace) {
  ::unlink(path_.c_str());
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  expect_refused("not a regular file", "rm", false);
  EXPECT_EQ(store_.put(key_, noise(100), {}).error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_TRUE(names_in(folder_ + "/tmp").empty());
  EXPECT_TRUE(store_.list()->empty());
}

TEST_F(TrustTest, FanOutFolderOthersMayWrite) {
  ASSERT_EQ(::chmod(bucket_.c_str(), 0770), 0);
  expect_refused("others may write the cache folder (mode 0770)", "chmod go-w '" + bucket_ + "'",
                 false);
  EXPECT_EQ(store_.put(key_, noise(100), {}).error().code(), ErrorCode::kCacheOwner);
  EXPECT_EQ(store_.list().error().code(), ErrorCode::kCacheOwner);
}

TEST_F(TrustTest, FanOutFolderIsALink) {
  ASSERT_EQ(::rename(bucket_.c_str(), (scratch_ / "elsewhere").c_str()), 0);
  ASSERT_EQ(::symlink((scratch_ / "elsewhere").c_str(), bucket_.c_str()), 0);
  expect_refused("symbolic link", "rm '" + bucket_ + "'", false);
  EXPECT_EQ(store_.put(key_, noise(100), {}).error().code(), ErrorCode::kCacheOwner);
}

TEST_F(TrustTest, TemporaryAndDamagedFolders) {
  ASSERT_EQ(::chmod((folder_ + "/tmp").c_str(), 0777), 0);
  EXPECT_EQ(store_.put(key_, noise(100), {}).error().code(), ErrorCode::kCacheOwner);
  EXPECT_TRUE(must_lookup(store_, key_).hit());
  ASSERT_EQ(::chmod((folder_ + "/tmp").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("/tmp", (folder_ + "/damaged").c_str()), 0);
  write_file(path_, as_bytes("rubbish"));
  Lookup found = must_lookup(store_, key_);
  EXPECT_TRUE(found.damaged());
  EXPECT_EQ(found.set_aside, "");
}

TEST_F(TrustTest, CacheFolderOthersMayWrite) {
  for (mode_t mode : {0770, 0702, 01777}) {
    ASSERT_EQ(::chmod(folder_.c_str(), mode), 0);
    auto store = LocalStore::open(folder_);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::kCacheOwner);
    EXPECT_THAT(store.error().hint(), HasSubstr("chmod go-w '" + folder_ + "'"));
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  EXPECT_TRUE(LocalStore::open(folder_));
}

TEST_F(TrustTest, AnothersCacheFolder) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  ASSERT_EQ(::chown(folder_.c_str(), kNobody, 0), 0);
  EXPECT_EQ(LocalStore::open(folder_).error().code(), ErrorCode::kCacheOwner);
}

TEST_F(TrustTest, TheCacheFolderMayBeALink) {
  ASSERT_EQ(::symlink(folder_.c_str(), (scratch_ / "link").c_str()), 0);
  auto store = LocalStore::open(scratch_ / "link");
  ASSERT_TRUE(store);
  EXPECT_TRUE(must_lookup(*store, key_).hit());
}

TEST_F(TrustTest, NotReadable) {
  if (::geteuid() == 0) {
    // Root reads everything: give the whole store to nobody, and look at it as nobody.
    ASSERT_EQ(::chmod(path_.c_str(), 0), 0);
    std::string command = "chown -R 65534 " + scratch_.path();
    ASSERT_EQ(::system(command.c_str()), 0);
  } else {
    ASSERT_EQ(::chmod(path_.c_str(), 0), 0);
  }
  EXPECT_CHILD([&]() -> std::string {
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) return "SKIP: cannot become another user";
    LocalStore store = open_store();
    auto found = store.lookup(key_);
    CHILD_CHECK(!found);
    CHILD_CHECK(found.error().code() == ErrorCode::kCacheOwner);
    CHILD_CHECK(found.error().hint().find("chmod u+r,go-w") != std::string::npos);
    return "";
  });
}

}  // namespace
}  // namespace weir
