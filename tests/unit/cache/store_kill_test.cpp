// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A writer that is killed leaves the store whole, wherever it was: a child puts two entries under
// ptrace and is killed at the first stop (entry or exit of a system call), then at the second, and
// so on until it gets to its end.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;

// Runs `body` in a child and kills it at its `stop`-th system call stop. True: it was killed;
// false: it came to its end before; nothing: no ptrace here.
std::optional<bool> run_and_kill(const std::function<void()>& body, int stop) {
  pid_t child = ::fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(77);
    ::raise(SIGSTOP);
    body();
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return std::nullopt;
  int seen = 0;
  for (;;) {
    if (seen == stop) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return true;
    }
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    if (::waitpid(child, &status, 0) != child || WIFEXITED(status) || WIFSIGNALED(status))
      return false;
    ++seen;
  }
}

class KillTest : public StoreTest {
 protected:
  // What must hold after any death of a writer that replaced "old" and added "new".
  void expect_whole(const std::string& when) {
    LocalStore store = open_store();
    Lookup old_one = must_lookup(store, key_of("old"));
    ASSERT_TRUE(old_one.hit()) << when;
    EXPECT_TRUE(old_one.object == noise(5000, 1) || old_one.object == noise(9000, 2)) << when;
    Lookup new_one = must_lookup(store, key_of("new"));
    ASSERT_TRUE(new_one.hit() || new_one.absent()) << when;
    if (new_one.hit()) {
      EXPECT_EQ(new_one.object, noise(6000, 3)) << when;
    }
    auto report = store.verify();
    ASSERT_TRUE(report) << when;
    EXPECT_TRUE(report->damaged.empty()) << when;
    EXPECT_TRUE(report->refused.empty()) << when;
    // At most the one temporary is left, and prune takes it.
    auto left = names_in(folder_ + "/tmp");
    EXPECT_LE(left.size(), 1u) << when;
    for (const std::string& name : left) set_age(folder_ + "/tmp/" + name, std::chrono::hours(2));
    ASSERT_TRUE(store.prune({})) << when;
    EXPECT_TRUE(names_in(folder_ + "/tmp").empty()) << when;
    EXPECT_TRUE(store.put(key_of("new"), noise(6000, 3), {})) << when;
    EXPECT_TRUE(store.stats()) << when;
    // Of the dead, no lock is left: neither of the folder nor of the counters.
    for (const std::string& name : {folder_, folder_ + "/counters"}) {
      const UniqueFd fd(open_at(AT_FDCWD, name.c_str(), O_RDONLY));
      EXPECT_EQ(::flock(fd.get(), LOCK_EX | LOCK_NB), 0) << when << ": " << name;
    }
  }
};

TEST_F(KillTest, AtEverySystemCall) {
  int stops = 0;
  bool old_seen = false;
  bool new_seen = false;
  for (;; ++stops) {
    ASSERT_LT(stops, 2000);
    TemporaryFolder scratch;
    folder_ = scratch / "cache";
    {
      LocalStore store = open_store();
      ASSERT_TRUE(store.put(key_of("old"), noise(5000, 1), {}));
    }
    auto killed = run_and_kill(
        [&] {
          LocalStore store = open_store();
          (void)store.put(key_of("old"), noise(9000, 2), {});
          (void)store.put(key_of("new"), noise(6000, 3), {});
        },
        stops);
    if (!killed) GTEST_SKIP() << "no ptrace here";
    {
      LocalStore store = open_store();
      (must_lookup(store, key_of("old")).object.size() == 5000 ? old_seen : new_seen) = true;
    }
    expect_whole("killed at stop " + std::to_string(stops));
    if (HasFatalFailure() || !*killed) break;
  }
  // It was killed before, between and after.
  EXPECT_GT(stops, 40);
  EXPECT_TRUE(old_seen);
  EXPECT_TRUE(new_seen);
}

// Longer runs: WEIR_KILL_ROUNDS=1000 cache_test --gtest_filter='KillTest.*'
TEST_F(KillTest, AtAnyMoment) {
  {
    LocalStore store = open_store();
    ASSERT_TRUE(store.put(key_of("old"), noise(5000, 1), {}));
  }
  std::minstd_rand random(17);
  const char* const wanted = ::getenv("WEIR_KILL_ROUNDS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : 60;
  for (int round = 0; round < rounds; ++round) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      LocalStore store = open_store();
      for (;;) {
        (void)store.put(key_of("old"), noise(9000, 2), {});
        (void)store.put(key_of("new"), noise(6000, 3), {});
      }
    }
    ::usleep(static_cast<useconds_t>(random() % 3000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    expect_whole("round " + std::to_string(round));
    if (HasFatalFailure()) break;
  }
}

// Writers and evictors: what is left is whole, and nobody is kept from going on.
TEST_F(KillTest, WhileItEvicts) {
  std::minstd_rand random(23);
  for (int round = 0; round < 40; ++round) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      LocalStore store = open_store({.max_size = 8 * 8192});
      for (uint32_t i = 0;; ++i)
        (void)store.put(key_of(std::to_string(i % 50)), noise(6000, i), {});
    }
    ::usleep(static_cast<useconds_t>(500 + random() % 6000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    LocalStore store = open_store({.max_size = 8 * 8192});
    auto report = store.verify();
    ASSERT_TRUE(report) << round;
    EXPECT_TRUE(report->damaged.empty()) << round;
    EXPECT_TRUE(report->refused.empty()) << round;
    ASSERT_TRUE(store.put(key_of("last"), noise(6000, 1), {}));
    store.wait_for_eviction();
    EXPECT_TRUE(must_lookup(store, key_of("last")).hit()) << round;
    const UniqueFd fd(open_at(AT_FDCWD, folder_.c_str(), O_RDONLY));
    EXPECT_EQ(::flock(fd.get(), LOCK_EX | LOCK_NB), 0) << round;
  }
}

}  // namespace
}  // namespace weir
