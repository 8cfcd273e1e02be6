// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads and processes on the same keys. What a key holds follows from the key, so any reader can
// tell a right answer from a mixed one.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;

constexpr int kKeys = 6;

Digest key_number(int i) {
  return key_of("shared " + std::to_string(i));
}

// Version v of the object of key i: its size and bytes say both.
Bytes object_of(int i, int version) {
  return noise(static_cast<size_t>(100 + 3000 * i + 7 * version),
               static_cast<uint32_t>(1 + i + 100 * version));
}

// What a thread or process does; "" or what went wrong.
std::string work(LocalStore& store, int seed, int rounds) {
  std::minstd_rand random(static_cast<uint32_t>(seed + 1));
  for (int round = 0; round < rounds; ++round) {
    const int i = static_cast<int>(random() % kKeys);
    if (random() % 3 == 0) {
      auto put = store.put(key_number(i), object_of(i, static_cast<int>(random() % 3)), {});
      if (!put) return put.error().to_string();
      continue;
    }
    auto found = store.lookup(key_number(i));
    if (!found) return found.error().to_string();
    if (found->damaged()) return found->damage->to_string();
    if (found->absent()) continue;
    if (found->object != object_of(i, 0) && found->object != object_of(i, 1) &&
        found->object != object_of(i, 2)) {
      return "wrong bytes for key " + std::to_string(i);
    }
  }
  return "";
}

using ConcurrencyTest = StoreTest;

TEST_F(ConcurrencyTest, Threads) {
  LocalStore store = open_store();
  std::vector<std::string> said(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] { said[static_cast<size_t>(t)] = work(store, t, 300); });
  // Someone cleans up all the time.
  std::atomic<bool> stop{false};
  std::string pruned;
  std::thread pruner([&] {
    while (!stop) {
      auto report = store.prune({.max_size = 32768, .max_age = {}});
      if (!report) pruned = report.error().to_string();
      if (report && !report->problems.empty()) pruned = report->problems[0].to_string();
      if (auto listed = store.list(); !listed) pruned = listed.error().to_string();
    }
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  pruner.join();
  for (const std::string& words : said) EXPECT_EQ(words, "");
  EXPECT_EQ(pruned, "");
  EXPECT_TRUE(store.verify()->damaged.empty());
  EXPECT_TRUE(names_in(folder_ + "/tmp").empty());
}

TEST_F(ConcurrencyTest, Processes) {
  std::vector<pid_t> children;
  for (int c = 0; c < 4; ++c) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // Each opens the store itself: also its first opening is a race.
      auto store = LocalStore::open(folder_, {.max_size = 40000});
      std::string said = store ? work(*store, c, 300) : store.error().to_string();
      if (!said.empty()) ::dprintf(2, "%s\n", said.c_str());
      ::_exit(said.empty() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  LocalStore store = open_store();
  EXPECT_TRUE(store.verify()->damaged.empty());
  EXPECT_TRUE(names_in(folder_ + "/tmp").empty());
}

// Many find the same damaged entry while it is put again: whoever moves it moves only the damaged
// one, and the new one is never lost.
TEST_F(ConcurrencyTest, DamageIsSetAsideOnceAndNeverTakesTheNewEntry) {
  LocalStore store = open_store();
  const Digest key = key_number(0);
  const Bytes object = object_of(0, 0);
  for (int round = 0; round < 60; ++round) {
    ASSERT_TRUE(store.put(key, object, {}));
    Bytes bad = read_file(store.entry_path(key));
    bad[100] ^= 1;
    write_file(store.entry_path(key), bad);
    std::atomic<int> moved{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) {
          auto found = store.lookup(key);
          if (!found || (found->hit() && found->object != object)) ++wrong;
          if (found && found->damaged() && !found->set_aside.empty()) ++moved;
        }
      });
    }
    threads.emplace_back([&] {
      if (!store.put(key, object, {})) ++wrong;
    });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_LE(moved, 1);
    EXPECT_TRUE(must_lookup(store, key).hit()) << round;
  }
}

}  // namespace
}  // namespace weir
