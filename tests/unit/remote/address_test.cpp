// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/remote/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RemoteAddress, UrlsOfEachKind) {
  const auto web = parse_remote("https://cache.example.org/weir");
  ASSERT_TRUE(web) << web.error().to_string();
  EXPECT_EQ(web->url, "https://cache.example.org/weir/");
  EXPECT_EQ(web->host, "cache.example.org");
  EXPECT_EQ(web->port, 443);
  EXPECT_FALSE(web->read_only);

  const auto redis = parse_remote("redis://[::1]:7000/3|read-only|timeout=250ms|rest=2m|lease=off");
  ASSERT_TRUE(redis) << redis.error().to_string();
  EXPECT_EQ(redis->kind, RemoteAddress::Kind::kRedis);
  EXPECT_EQ(redis->host, "::1");
  EXPECT_EQ(redis->port, 7000);
  EXPECT_EQ(redis->database, 3u);
  EXPECT_TRUE(redis->read_only);
  EXPECT_FALSE(redis->leases);
  EXPECT_EQ(redis->timeout, 250ms);
  EXPECT_EQ(redis->rest, 2min);
}

TEST(RemoteAddress, WhatIsRefused) {
  for (const char* text : {"",
                           "cache.example.org",
                           "ftp://a/",
                           "rediss://a",
                           "http://",
                           "http://:80/",
                           "http://a:0/",
                           "http://a:99999/",
                           "http://a:8x/",
                           "http://[::1/",
                           "redis://a/x",
                           "http://a/?b",
                           "http://a/ b",
                           "http://a/|",
                           "http://a/|unknown",
                           "http://a/|unknown=1",
                           "http://a/|timeout=1",
                           "http://a/|timeout=0s",
                           "http://a/|timeout=2h",
                           "http://a/|layout=tree",
                           "redis://a|layout=flat",
                           "redis://a|token-env=HOME",
                           "http://a/|read-only=1",
                           "http://a/|user=me",
                           "http://a/|password-env=WEIR_NO_SUCH_VARIABLE",
                           "http://a/|password-env=HOME|token-env=HOME"}) {
    const auto address = parse_remote(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code(), ErrorCode::kUsage) << text;
  }
}

TEST(RemoteAddress, ASecretInTheUrlIsRefusedAndNotRepeated) {
  for (const char* text : {"https://me:hunter2@a/", "redis://:hunter2@a", "me:hunter2@a"}) {
    const auto address = parse_remote(text);
    ASSERT_FALSE(address);
    EXPECT_THAT(address.error().to_string(), Not(HasSubstr("hunter2")));
  }
}

TEST(RemoteAddress, SecretsComeFromTheEnvironmentOrAFile) {
  cache_test::TemporaryFolder folder;
  const std::string file = folder / "token";
  cache_test::write_file(file, as_bytes("abc\n"));
  auto address = parse_remote("https://a/|token-file=" + file);
  ASSERT_TRUE(address) << address.error().to_string();
  EXPECT_EQ(address->secret, "abc");
  EXPECT_TRUE(address->bearer);

  ::chmod(file.c_str(), 0644);
  address = parse_remote("https://a/|token-file=" + file);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code(), ErrorCode::kCacheOwner);
  EXPECT_THAT(address.error().hint(), HasSubstr("chmod 600"));

  cache_test::write_file(folder / "two", as_bytes("a\nb\n"));
  EXPECT_FALSE(parse_remote("https://a/|token-file=" + (folder / "two"))) << "a header in disguise";

  ::setenv("WEIR_TEST_SECRET", "s3cret", 1);
  address = parse_remote("redis://a|user=me|password-env=WEIR_TEST_SECRET");
  ::unsetenv("WEIR_TEST_SECRET");
  ASSERT_TRUE(address) << address.error().to_string();
  EXPECT_EQ(address->user, "me");
  EXPECT_EQ(address->secret, "s3cret");
  EXPECT_EQ(address->url, "redis://a");
}

TEST(RemoteAddress, Lists) {
  const auto list =
      parse_remotes("# ours\nhttp://a/, redis://b|read-only\n\nhttp://c/ http://d/\n");
  ASSERT_TRUE(list) << list.error().to_string();
  ASSERT_EQ(list->size(), 4u);
  EXPECT_EQ((*list)[1].url, "redis://b");
  EXPECT_TRUE((*list)[1].read_only);
  EXPECT_EQ(parse_remotes(" \n,\n")->size(), 0u);
  EXPECT_FALSE(parse_remotes("http://a/,b"));
}

}  // namespace
}  // namespace weir
