// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Leases: one compiles, the others wait, and nobody waits for the dead.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include <fmt/format.h>

#include "cache/local_lease.h"
#include "cache/remote/stacked_store.h"
#include "tests/support/servers.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using cache_test::key_of;
using cache_test::noise;
using testing::Apache;
using testing::Nginx;
using testing::Redis;
using Claim = StackedStore::Claim;

class LocalLeaseTest : public cache_test::StoreTest {
 protected:
  LocalLeases leases() {
    (void)open_store();
    auto opened = LocalLeases::open(folder_);
    EXPECT_TRUE(opened) << opened.error().to_string();
    return std::move(*opened);
  }
};

TEST_F(LocalLeaseTest, OneHolderAtATime) {
  LocalLeases one = leases(), two = leases();
  const Digest key = key_of("k");
  EXPECT_TRUE(*one.acquire(key));
  EXPECT_TRUE(*one.acquire(key)) << "its own";
  EXPECT_FALSE(*two.acquire(key));
  EXPECT_TRUE(*two.acquire(key_of("other")));
  one.release(key);
  EXPECT_TRUE(cache_test::names_in(folder_ + "/leases").size() == 1);
  EXPECT_TRUE(*two.acquire(key));
  EXPECT_FALSE(*one.acquire(key));
}

TEST_F(LocalLeaseTest, EndsWithItsProcess) {
  (void)leases();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    LocalLeases own = leases();
    const char held = own.acquire(key_of("k")).value_or(false) ? 'y' : 'n';
    (void)!::write(ready[1], &held, 1);
    ::pause();
    ::_exit(0);
  }
  char held = 0;
  ASSERT_EQ(::read(ready[0], &held, 1), 1);
  ASSERT_EQ(held, 'y');
  LocalLeases mine = leases();
  EXPECT_FALSE(*mine.acquire(key_of("k")));
  ::kill(child, SIGKILL);
  int status;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(*mine.acquire(key_of("k")));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(LocalLeaseTest, WhatTheDeadLeftIsRemoved) {
  (void)leases();
  const std::string dead = folder_ + "/leases/" + key_of("dead").hex();
  const std::string fresh = folder_ + "/leases/" + key_of("fresh").hex();
  cache_test::write_file(dead, {});
  cache_test::write_file(fresh, {});
  cache_test::write_file(folder_ + "/leases/not-ours", {});
  cache_test::set_age(dead, 2h);
  cache_test::set_age(folder_ + "/leases/not-ours", 2h);
  (void)leases();
  EXPECT_FALSE(cache_test::exists(dead));
  EXPECT_TRUE(cache_test::exists(fresh));
  EXPECT_TRUE(cache_test::exists(folder_ + "/leases/not-ours"));
}

// The protocols, without a store around them: LOCK, If-None-Match and SET NX.
class RemoteLease : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string kind = GetParam();
    const std::string missing = kind == "Nginx"    ? Nginx::missing()
                                : kind == "Apache" ? Apache::missing()
                                                   : Redis::missing();
    if (!missing.empty()) GTEST_SKIP() << missing;
    if (kind == "Nginx") {
      server_ = std::make_unique<Nginx>();
    } else if (kind == "Apache") {
      server_ = std::make_unique<Apache>();
    } else {
      server_ = std::make_unique<Redis>();
    }
    ASSERT_TRUE(server_->start()) << server_->log();
  }
  std::unique_ptr<RemoteTransport> transport() {
    return make_transport(*parse_remote(server_->url()));
  }
  static Deadline soon() { return std::chrono::steady_clock::now() + 10s; }
  std::unique_ptr<testing::Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Kinds, RemoteLease, ::testing::Values("Nginx", "Apache", "Redis"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(RemoteLease, OneHolderAtATime) {
  const auto one = transport(), two = transport();
  const Digest key = key_of("k");
  auto held = one->acquire(key, 60s, soon());
  ASSERT_TRUE(held) << held.error().to_string();
  ASSERT_EQ(held->state, LeaseReply::State::kHeld) << server_->log();
  auto other = two->acquire(key, 60s, soon());
  ASSERT_TRUE(other) << other.error().to_string();
  EXPECT_EQ(other->state, LeaseReply::State::kBusy);
  EXPECT_EQ(*one->renew(key, held->token, 60s, soon()), true);
  // Nobody else can end it.
  (void)two->release(key, held->token.starts_with('<') ? "<urn:deadbeef>" : "0123", soon());
  EXPECT_EQ(two->acquire(key, 60s, soon())->state, LeaseReply::State::kBusy);
  const Status released = one->release(key, held->token, soon());
  EXPECT_TRUE(released) << released.error().to_string();
  other = two->acquire(key, 60s, soon());
  EXPECT_EQ(other->state, LeaseReply::State::kHeld);
  EXPECT_EQ(*one->renew(key, held->token, 60s, soon()), false) << "it is another's now";
}

TEST_P(RemoteLease, EndsByItself) {
  const auto one = transport(), two = transport();
  const Digest key = key_of("k");
  // nginx ends locks after the time of its own configuration: 2 s here.
  ASSERT_EQ(one->acquire(key, 1s, soon())->state, LeaseReply::State::kHeld);
  for (int i = 0; i < 300; ++i) {
    if (two->acquire(key, 1s, soon())->state == LeaseReply::State::kHeld) return;
    std::this_thread::sleep_for(100ms);
  }
  FAIL() << "the lease of a dead holder does not end";
}

TEST(NginxLease, AServerWithoutLocksSaysSo) {
  if (const std::string missing = Nginx::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Nginx server({.locks = false});
  ASSERT_TRUE(server.start()) << server.log();
  const auto transport =
      make_transport(*parse_remote(server.url() + "|connect-timeout=30s|timeout=30s"));
  for (int i = 0; i < 2; ++i) {
    const auto reply = transport->acquire(key_of("k"), 60s, std::chrono::steady_clock::now() + 10s);
    ASSERT_TRUE(reply) << reply.error().to_string();
    EXPECT_EQ(reply->state, LeaseReply::State::kUnsupported);
  }
  EXPECT_FALSE(cache_test::exists(server.files() + "/" + key_of("k").hex() + ".lease"));
}

// Several machines with one Redis and caches of their own, all with the same list: each thing is
// made once, and everybody has everything at the end.
TEST(Fleet, EachThingIsMadeOnce) {
  if (const std::string missing = Redis::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Redis server;
  ASSERT_TRUE(server.start()) << server.log();
  cache_test::TemporaryFolder scratch;
  constexpr uint32_t kThings = 40;
  std::atomic<int> made = 0, wrong = 0;
  std::vector<std::thread> machines;
  for (int m = 0; m < 4; ++m) {
    machines.emplace_back([&, m] {
      const std::string folder = scratch / fmt::format("m{}", m);
      auto local = LocalStore::open(folder);
      std::vector<std::unique_ptr<RemoteStore>> remotes;
      remotes.push_back(std::make_unique<RemoteStore>(
          *parse_remote(server.url() + "|connect-timeout=30s|timeout=30s"), &make_transport));
      StackedStore stack(
          &*local, std::move(*LocalLeases::open(folder)), std::move(remotes),
          {.encode = [](const Digest& key, ByteSpan object,
                        const Description& text) { return encode_entry(key, object, text); },
           .open = [](ByteSpan file, const Digest& key) { return decode_entry(file, key); },
           .keep = [&](const Digest& key, ByteSpan file) { return local->put_entry(key, file); }},
          {.wait_for_room = true});
      std::set<uint32_t> open;
      for (uint32_t i = 0; i < kThings; ++i) open.insert(i);
      while (!open.empty()) {
        for (auto it = open.begin(); it != open.end();) {
          const Digest key = key_of(std::to_string(*it));
          const auto found = stack.lookup(key);
          if (found && found->hit()) {
            if (found->object != noise(500, *it)) ++wrong;
            it = open.erase(it);
            continue;
          }
          if (stack.claim(key) == Claim::kOthers) {
            ++it;
            continue;
          }
          if (!stack.lookup(key)->hit()) {
            ++made;
            std::this_thread::sleep_for(2ms);
            if (!stack.put(key, noise(500, *it), {})) ++wrong;
          }
          stack.release(key);
          it = open.erase(it);
        }
        std::this_thread::sleep_for(5ms);
      }
    });
  }
  for (auto& machine : machines) machine.join();
  EXPECT_EQ(made, static_cast<int>(kThings));
  EXPECT_EQ(wrong, 0);
}

TEST(Fleet, ALongJobKeepsItsLeaseAndADeadOneLosesIt) {
  if (const std::string missing = Redis::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Redis server;
  ASSERT_TRUE(server.start()) << server.log();
  auto stack = [&] {
    std::vector<std::unique_ptr<RemoteStore>> remotes;
    remotes.push_back(std::make_unique<RemoteStore>(
        *parse_remote(server.url() + "|connect-timeout=30s|timeout=30s"), &make_transport));
    return std::make_unique<StackedStore>(nullptr, std::nullopt, std::move(remotes), EntryCodec(),
                                          StackOptions{.lease = 900ms});
  };
  const Digest key = key_of("k");
  const auto worker = stack(), other = stack();
  ASSERT_EQ(worker->claim(key), Claim::kMine);
  const auto end = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < end) {
    ASSERT_EQ(other->claim(key), Claim::kOthers) << "it is renewed";
    std::this_thread::sleep_for(50ms);
  }
  worker->release(key);
  worker->flush();
  ASSERT_EQ(other->claim(key), Claim::kMine);
  other->release(key);
  other->flush();

  const pid_t child = ::fork();
  if (child == 0) {
    auto own = stack();
    ::_exit(own->claim(key) == Claim::kMine ? 0 : 1);  // no farewell
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  for (int i = 0; i < 300; ++i) {
    if (other->claim(key) == Claim::kMine) return;
    std::this_thread::sleep_for(50ms);
  }
  FAIL() << "the lease of a dead process does not end";
}

}  // namespace
}  // namespace weir
