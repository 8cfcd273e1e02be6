// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/native/native_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/native/native_object.h"
#include "tests/unit/abi/sample_parts.h"
#include "tests/unit/native/scratch_dir.h"

namespace weir {
namespace {

using testing::HasSubstr;

TEST(NativeFile, GivesTheBytes) {
  const ScratchDir dir;
  const auto bytes = sample::object();
  const std::string path = dir.write("a.o", bytes);
  const auto read = read_native_file(path);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, bytes);
  EXPECT_TRUE(NativeObject::parse(std::move(*read_native_file(path))));
}

TEST(NativeFile, EmptyFile) {
  const ScratchDir dir;
  const auto read = read_native_file(dir.write("empty", {}));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->empty());
}

TEST(NativeFile, WhatIsNoRegularFileIsRefused) {
  const ScratchDir dir;
  const auto absent = read_native_file(dir.path("absent"));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(absent.error().where().file, dir.path("absent"));
  EXPECT_THAT(absent.error().message(), HasSubstr("No such file"));

  EXPECT_THAT(read_native_file(dir.path(".")).error().message(), HasSubstr("is a directory"));
  EXPECT_THAT(read_native_file("/dev/zero").error().message(), HasSubstr("is not a regular file"));
  EXPECT_FALSE(read_native_file(std::string("/dev/null\0x", 11)));

  // A pipe without a writer must not make anybody wait.
  const std::string pipe = dir.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(read_native_file(pipe).error().message(), HasSubstr("is not a regular file"));
}

TEST(NativeFile, SizeLimit) {
  const ScratchDir dir;
  const std::string path = dir.write("big", {});
  ASSERT_EQ(::truncate(path.c_str(), off_t{kMaxNativeBytes}), 0);
  const auto at = read_native_file(path);
  ASSERT_TRUE(at) << at.error().to_string();
  EXPECT_EQ(at->size(), kMaxNativeBytes);
  ASSERT_EQ(::truncate(path.c_str(), off_t{kMaxNativeBytes} + 1), 0);
  const auto past = read_native_file(path);
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().code(), ErrorCode::kLimit);
  EXPECT_EQ(past.error().message(), "the file has 268435457 bytes, at most 268435456 are allowed");
}

TEST(NativeFile, LeavesNoDescriptorOpen) {
  const ScratchDir dir;
  const std::string path = dir.write("a.o", sample::object());
  const int before = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(before);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(read_native_file(path));
    EXPECT_FALSE(read_native_file(dir.path(".")));
  }
  const int after = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(after);
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace weir
