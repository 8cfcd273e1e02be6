// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the store's tests share: a folder of their own, objects to keep, files to spoil, and a child
// process that reports in words.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cache/local_store.h"

namespace weir::cache_test {

using Bytes = std::vector<uint8_t>;

// A new folder, removed with all that is in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

Digest key_of(std::string_view text);
// Bytes that zstd cannot shorten; the same for the same seed.
Bytes noise(size_t size, uint32_t seed = 1);
Bytes text_bytes(std::string_view text);
Description description_of(std::string_view name);

Bytes read_file(const std::string& path);
void write_file(const std::string& path, ByteSpan bytes, int mode = 0600);
bool exists(const std::string& path);
// Makes the file look as if it was last used that long ago.
void set_age(const std::string& path, std::chrono::seconds age);
std::chrono::seconds age_of(const std::string& path);
// Names in a folder, sorted; empty if there is none.
std::vector<std::string> names_in(const std::string& folder);

// Replaces the checksum at the end of an entry by the right one.
void seal(Bytes& entry);

// Runs `body` in a child process. It answers "" for well, "SKIP: why", or what went wrong; a child
// that dies is "killed by signal N".
std::string run_in_child(const std::function<std::string()>& body);

#define EXPECT_CHILD(...)                                              \
  do {                                                                 \
    std::string said_ = ::weir::cache_test::run_in_child(__VA_ARGS__); \
    if (said_.starts_with("SKIP: ")) GTEST_SKIP() << said_.substr(6);  \
    EXPECT_EQ(said_, "");                                              \
  } while (0)

// For a child: stops with a sentence unless `condition` holds.
#define CHILD_CHECK(condition)                                                                 \
  do {                                                                                         \
    if (!(condition)) return std::string(#condition) + " at line " + std::to_string(__LINE__); \
  } while (0)

// An open store in a folder of its own.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : folder_(scratch_ / "cache") {}
  LocalStore open_store(const StoreOptions& options = {});
  // Fails the test on an Error.
  Lookup must_lookup(LocalStore& store, const Digest& key);

  TemporaryFolder scratch_;
  std::string folder_;
};

}  // namespace weir::cache_test
