// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/folder.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;

class AtomicFileTest : public ::testing::Test {
 protected:
  AtomicFileTest() {
    ::mkdir((folder_ / "tmp").c_str(), 0700);
    ::mkdir((folder_ / "to").c_str(), 0700);
    temporary_ = UniqueFd(open_at(AT_FDCWD, (folder_ / "tmp").c_str(), O_RDONLY | O_DIRECTORY));
    target_ = UniqueFd(open_at(AT_FDCWD, (folder_ / "to").c_str(), O_RDONLY | O_DIRECTORY));
  }
  Result<AtomicFile> create() {
    return AtomicFile::create(temporary_.get(), target_.get(), "f", folder_ / "to/f");
  }
  size_t temporaries() const { return names_in(folder_ / "tmp").size(); }

  TemporaryFolder folder_;
  UniqueFd temporary_;
  UniqueFd target_;
};

TEST_F(AtomicFileTest, AppearsOnCommitOnly) {
  for (bool sync : {false, true}) {
    {
      auto file = create();
      ASSERT_TRUE(file);
      ASSERT_TRUE(file->write(as_bytes("one")));
      ASSERT_TRUE(file->write(as_bytes("two")));
      EXPECT_FALSE(exists(folder_ / "to/f"));
      EXPECT_EQ(temporaries(), 1u);
      ASSERT_TRUE(file->commit(sync));
      EXPECT_EQ(file->commit(sync).error().code(), ErrorCode::kUsage);
    }
    EXPECT_EQ(read_file(folder_ / "to/f"), text_bytes("onetwo"));
    EXPECT_EQ(temporaries(), 0u);
    ::unlink((folder_ / "to/f").c_str());
  }
}

TEST_F(AtomicFileTest, WithoutCommitNothingStays) {
  {
    auto file = create();
    ASSERT_TRUE(file->write(as_bytes("gone")));
    AtomicFile moved = std::move(*file);
    ASSERT_TRUE(moved.write(as_bytes("gone")));
  }
  EXPECT_EQ(temporaries(), 0u);
  EXPECT_FALSE(exists(folder_ / "to/f"));
}

TEST_F(AtomicFileTest, ReplacesWhole) {
  write_file(folder_ / "to/f", as_bytes("old, and longer"));
  auto file = create();
  ASSERT_TRUE(file->write(as_bytes("new")));
  EXPECT_EQ(read_file(folder_ / "to/f"), text_bytes("old, and longer"));
  ASSERT_TRUE(file->commit(false));
  EXPECT_EQ(read_file(folder_ / "to/f"), text_bytes("new"));
}

TEST_F(AtomicFileTest, TwoWritersOneTarget) {
  auto first = create();
  auto second = create();
  EXPECT_NE(first->temporary_name(), second->temporary_name());
  ASSERT_TRUE(first->write(as_bytes("first")));
  ASSERT_TRUE(second->write(as_bytes("second")));
  ASSERT_TRUE(second->commit(false));
  ASSERT_TRUE(first->commit(false));
  EXPECT_EQ(read_file(folder_ / "to/f"), text_bytes("first"));
}

TEST_F(AtomicFileTest, ModeDoesNotDependOnTheUmask) {
  mode_t before = ::umask(0277);
  auto file = create();
  ::umask(before);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->commit(false));
  struct stat info{};
  ASSERT_EQ(::stat((folder_ / "to/f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(AtomicFileTest, AChildDoesNotRemoveItsParentsFile) {
  auto file = create();
  ASSERT_TRUE(file->write(as_bytes("kept")));
  EXPECT_CHILD([&]() -> std::string {
    {
      AtomicFile copy = std::move(*file);
    }
    return "";
  });
  EXPECT_EQ(temporaries(), 1u);
  ASSERT_TRUE(file->commit(false));
  EXPECT_EQ(read_file(folder_ / "to/f"), text_bytes("kept"));
}

TEST_F(AtomicFileTest, KilledAtEachStepOfItsUse) {
  write_file(folder_ / "to/f", as_bytes("old"));
  for (int step = 0; step < 4; ++step) {
    EXPECT_CHILD([&]() -> std::string {
      auto file = create();
      if (step == 0) ::_exit(0);
      (void)file->write(as_bytes("ne"));
      if (step == 1) ::_exit(0);
      (void)file->write(as_bytes("w"));
      if (step == 2) ::_exit(0);
      (void)file->commit(false);
      ::_exit(0);
    });
    EXPECT_EQ(read_file(folder_ / "to/f"), text_bytes(step == 3 ? "new" : "old")) << step;
  }
  EXPECT_EQ(temporaries(), 3u);
}

TEST_F(AtomicFileTest, AFileSizeLimitIsAnErrorNotASignal) {
  EXPECT_CHILD([&]() -> std::string {
    rlimit limit{.rlim_cur = 100, .rlim_max = 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto file = create();
    CHILD_CHECK(file);
    CHILD_CHECK(file->write(noise(100)));
    auto written = file->write(noise(1));
    CHILD_CHECK(!written);
    CHILD_CHECK(written.error().code() == ErrorCode::kCacheUnavailable);
    return "";
  });
}

TEST_F(AtomicFileTest, FoldersThatAreGone) {
  auto file = create();
  ::unlinkat(temporary_.get(), file->temporary_name().c_str(), 0);
  auto status = file->commit(false);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_EQ(status.error().where().file, folder_ / "to/f");
  ::rmdir((folder_ / "tmp").c_str());
  EXPECT_EQ(create().error().code(), ErrorCode::kCacheUnavailable);
}

}  // namespace
}  // namespace weir
