// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A local store with remote ones behind it: the order of asking, copying back, what is not
// believed, and servers that come and go.
#include "cache/remote/stacked_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "cache/trust.h"
#include "tests/support/servers.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using cache_test::description_of;
using cache_test::key_of;
using cache_test::noise;
using cache_test::text_bytes;
using ::testing::HasSubstr;
using testing::Nginx;
using testing::Redis;

EntryCodec plain_codec() {
  return {.encode =
              [](const Digest& key, ByteSpan object, const Description& description) {
                return encode_entry(key, object, description);
              },
          .open = [](ByteSpan file, const Digest& key) { return decode_entry(file, key); }};
}

class StackedStoreTest : public cache_test::StoreTest {
 protected:
  void SetUp() override {
    for (const std::string& missing : {Nginx::missing(), Redis::missing()}) {
      if (!missing.empty()) GTEST_SKIP() << missing;
    }
    ASSERT_TRUE(nginx_.start()) << nginx_.log();
    ASSERT_TRUE(redis_.start()) << redis_.log();
  }

  // Patient, where the test says nothing else: the machine that runs it may be busy.
  static std::unique_ptr<RemoteStore> remote(const std::string& text) {
    const size_t bar = std::min(text.find('|'), text.size());
    auto address =
        parse_remote(text.substr(0, bar) + "|connect-timeout=30s|timeout=30s" + text.substr(bar));
    EXPECT_TRUE(address) << address.error().to_string();
    return std::make_unique<RemoteStore>(std::move(*address), &make_transport);
  }

  // A machine of its own, by its cache folder: first nginx, then Redis.
  struct Machine {
    LocalStore local;
    StackedStore stack;
    Machine(LocalStore store, std::vector<std::unique_ptr<RemoteStore>> remotes, EntryCodec codec,
            const StackOptions& options)
        : local(std::move(store)),
          stack(&local, std::nullopt, std::move(remotes), keeping(std::move(codec)), options) {}
    EntryCodec keeping(EntryCodec codec) {
      codec.keep = [this](const Digest& key, ByteSpan file) { return local.put_entry(key, file); };
      return codec;
    }
  };
  std::unique_ptr<Machine> machine(const std::string& name, const std::string& attributes = {},
                                   EntryCodec codec = plain_codec(),
                                   const StackOptions& options = {.wait_for_room = true}) {
    auto local = LocalStore::open(scratch_ / name);
    EXPECT_TRUE(local) << local.error().to_string();
    std::vector<std::unique_ptr<RemoteStore>> remotes;
    remotes.push_back(remote(nginx_.url() + attributes));
    remotes.push_back(remote(redis_.url() + attributes));
    return std::make_unique<Machine>(std::move(*local), std::move(remotes), std::move(codec),
                                     options);
  }

  Nginx nginx_;
  Redis redis_;
};

TEST_F(StackedStoreTest, OneMachineCompilesAnotherFinds) {
  const Digest key = key_of("k");
  const auto object = noise(20'000);
  const auto one = machine("one");
  EXPECT_TRUE(one->stack.lookup(key)->absent());
  ASSERT_TRUE(one->stack.put(key, object, description_of("p")));
  one->stack.flush();
  EXPECT_EQ(one->stack.remotes()[0]->stats().uploads, 1u);
  EXPECT_EQ(one->stack.remotes()[1]->stats().uploads, 1u);

  const auto two = machine("two");
  auto got = two->stack.lookup(key);
  ASSERT_TRUE(got && got->hit());
  EXPECT_EQ(got->object, object);
  EXPECT_EQ(got->description, description_of("p"));
  EXPECT_EQ(got->from, nginx_.url());
  // It is here now: nobody is asked again.
  EXPECT_TRUE(two->local.lookup(key)->hit());
  got = two->stack.lookup(key);
  ASSERT_TRUE(got && got->hit());
  EXPECT_EQ(got->from, "");
  EXPECT_EQ(two->stack.remotes()[0]->stats().hits, 1u);
  EXPECT_EQ(two->stack.remotes()[1]->stats().hits, 0u);
  EXPECT_TRUE(two->stack.take_problems().empty());
}

TEST_F(StackedStoreTest, ALaterRemoteFillsTheEarlierOnes) {
  const Digest key = key_of("k");
  auto file = encode_entry(key, noise(5000), description_of("p"));
  ASSERT_TRUE(remote(redis_.url())->put(key, *file, 10s));
  const auto one = machine("one");
  auto got = one->stack.lookup(key);
  ASSERT_TRUE(got && got->hit());
  EXPECT_EQ(got->from, redis_.url());
  one->stack.flush();
  EXPECT_EQ(remote(nginx_.url())->get(key)->file, *file);
}

TEST_F(StackedStoreTest, HitsAreOfferedWhereThatIsTheJob) {
  const Digest key = key_of("k");
  const auto one = machine("one", "", plain_codec(), {.wait_for_room = true, .offer_hits = true});
  ASSERT_TRUE(one->local.put(key, noise(100), description_of("p")));
  ASSERT_TRUE(remote(redis_.url())->put(key, text_bytes("there already"), 10s));
  ASSERT_TRUE(one->stack.lookup(key)->hit());
  one->stack.flush();
  EXPECT_EQ(one->stack.remotes()[0]->stats().uploads, 1u);
  EXPECT_EQ(one->stack.remotes()[1]->stats().uploads, 0u);
}

TEST_F(StackedStoreTest, ReadOnlyRemotesGetNothing) {
  const Digest key = key_of("k");
  const auto one = machine("one", "|read-only");
  ASSERT_TRUE(one->stack.put(key, noise(100), description_of("p")));
  one->stack.flush();
  EXPECT_TRUE(one->stack.claim(key) == StackedStore::Claim::kMine);
  EXPECT_EQ(*remote(nginx_.url())->has(key), false);
  EXPECT_EQ(*remote(redis_.url())->has(key), false);
}

// Whatever a remote sends: cut short, altered, made for another key, something else. It is no hit,
// it does not get into the local store, the next remote is asked, and a put replaces it.
TEST_F(StackedStoreTest, WhatIsNotWholeIsNotUsed) {
  const Digest key = key_of("k");
  const auto whole = *encode_entry(key, noise(5000), description_of("p"));
  auto altered = whole;
  altered[whole.size() / 2] ^= 1;
  const std::vector<std::vector<uint8_t>> bad = {
      {},
      text_bytes("<html>404</html>"),
      {whole.begin(), whole.end() - 1},
      altered,
      *encode_entry(key_of("another"), noise(5000), description_of("p"))};
  for (size_t i = 0; i < bad.size(); ++i) {
    ASSERT_TRUE(remote(nginx_.url())->put(key, bad[i], 10s));
    const auto one = machine(fmt::format("bad{}", i));
    EXPECT_FALSE(one->stack.lookup(key)->hit()) << i;
    EXPECT_EQ(one->stack.remotes()[0]->stats().refused, 1u);
    // Redis has the one of the round before.
    EXPECT_EQ(one->stack.take_problems().size(), i == 0 ? 1u : 2u);
    EXPECT_TRUE(one->local.lookup(key)->absent()) << i;
    ASSERT_TRUE(one->stack.put(key, noise(5000), description_of("p")));
    one->stack.flush();
    EXPECT_EQ(remote(nginx_.url())->get(key)->file, whole);
    ASSERT_TRUE(remote(redis_.url())->put(key, bad[i], 10s));
  }
}

TEST_F(StackedStoreTest, WhatIsNotTrustedIsNotUsed) {
  const Digest key = key_of("k");
  ASSERT_TRUE(remote(nginx_.url())->put(key, *encode_entry(key, noise(100), {}), 10s));
  EntryCodec codec = plain_codec();
  codec.open = [](ByteSpan, const Digest&) -> Result<Entry> {
    return Error(ErrorCode::kCacheOwner, "nobody signed it");
  };
  const auto one = machine("one", "", std::move(codec));
  EXPECT_TRUE(one->stack.lookup(key)->absent());
  EXPECT_TRUE(one->local.lookup(key)->absent());
  const auto problems = one->stack.take_problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].to_string(), HasSubstr("nobody signed it"));
  EXPECT_THAT(problems[0].to_string(), HasSubstr(nginx_.url()));
}

// The same with the trust that commands use: a shared key of the fleet, and nobody else's.
TEST_F(StackedStoreTest, OnlyWhatATrustedKeySignedIsUsed) {
  auto fleet = SigningKey::generate(SignatureKind::kKeyedDigest);
  auto stranger = SigningKey::generate(SignatureKind::kKeyedDigest);
  ASSERT_TRUE(fleet && stranger);
  const auto shared = std::make_shared<const SigningKey>(std::move(*fleet));
  TrustedKey trusted;
  trusted.name = "fleet";
  trusted.id = shared->id();
  trusted.kind = SignatureKind::kKeyedDigest;
  trusted.shared = shared;
  const Trust trust({}, {trusted}, {});
  EntryCodec codec = plain_codec();
  codec.open = [&](ByteSpan file, const Digest& key) {
    return take_entry(file, key, trust, Origin::kRemote);
  };
  const auto signed_by = [](const SigningKey& key, const Digest& name) {
    const auto file = *encode_entry(name, noise(3000), description_of("p"));
    const Signature signature = key.sign(open_entry(file, name)->body, unix_now(), 0);
    return *with_signatures(file, name, std::span(&signature, 1));
  };
  const auto one = machine("one", "", std::move(codec));
  const auto nginx = remote(nginx_.url());
  ASSERT_TRUE(nginx->put(key_of("signed"), signed_by(*shared, key_of("signed")), 10s));
  ASSERT_TRUE(nginx->put(key_of("strange"), signed_by(*stranger, key_of("strange")), 10s));
  ASSERT_TRUE(nginx->put(key_of("nobody"), *encode_entry(key_of("nobody"), noise(10), {}), 10s));
  // Signed, but put where another key is asked for.
  ASSERT_TRUE(nginx->put(key_of("moved"), signed_by(*shared, key_of("signed")), 10s));

  const auto got = one->stack.lookup(key_of("signed"));
  ASSERT_TRUE(got && got->hit());
  EXPECT_EQ(got->object, noise(3000));
  EXPECT_EQ(got->origin, Origin::kRemote);
  EXPECT_EQ(*one->local.read_entry(key_of("signed")), signed_by(*shared, key_of("signed")))
      << "kept with its signature";
  for (const char* name : {"strange", "nobody", "moved"}) {
    EXPECT_TRUE(one->stack.lookup(key_of(name))->absent()) << name;
    EXPECT_TRUE(one->local.lookup(key_of(name))->absent()) << name;
  }
  EXPECT_EQ(one->stack.remotes()[0]->stats().refused, 3u);
}

TEST_F(StackedStoreTest, DeadRemotesChangeNothingLocally) {
  nginx_.stop();
  redis_.stop();
  const auto one = machine("one");
  for (int i = 0; i < 20; ++i) {
    const Digest key = key_of(std::to_string(i));
    EXPECT_TRUE(one->stack.lookup(key)->absent());
    EXPECT_TRUE(one->stack.claim(key) == StackedStore::Claim::kMine);
    ASSERT_TRUE(one->stack.put(key, noise(100), {}));
    one->stack.release(key);
    EXPECT_TRUE(one->stack.lookup(key)->hit());
  }
  one->stack.flush();
  for (const auto& remote : one->stack.remotes()) {
    // One lookup, one upload, one lease.
    EXPECT_EQ(remote->stats().failures, 3u);
    EXPECT_GE(remote->stats().rested, 57u);
  }
  EXPECT_LE(one->stack.take_problems().size(), 4u);
}

TEST_F(StackedStoreTest, WorkGoesOnWhileServersComeAndGo) {
  std::atomic<bool> stop = false;
  std::thread trouble([&] {
    for (int i = 0; !stop; ++i) {
      testing::Server& server = i % 2 == 0 ? static_cast<testing::Server&>(nginx_) : redis_;
      server.stop();
      std::this_thread::sleep_for(20ms);
      EXPECT_TRUE(server.start()) << server.log();
      std::this_thread::sleep_for(20ms);
    }
  });
  std::atomic<int> wrong = 0;
  std::vector<std::thread> machines;
  for (int m = 0; m < 3; ++m) {
    machines.emplace_back([&, m] {
      const auto self = machine(fmt::format("m{}", m), "|rest=10ms|timeout=200ms");
      for (uint32_t i = 0; i < 100; ++i) {
        const Digest key = key_of(std::to_string(i));
        auto got = self->stack.lookup(key);
        if (got && got->hit()) {
          if (got->object != noise(2000, i)) ++wrong;
          continue;
        }
        if (!self->stack.put(key, noise(2000, i), {})) ++wrong;
      }
      self->stack.flush();
      for (uint32_t i = 0; i < 100; ++i) {
        if (!self->local.lookup(key_of(std::to_string(i)))->hit()) ++wrong;
      }
    });
  }
  for (auto& thread : machines) thread.join();
  stop = true;
  trouble.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(StackedStoreTest, ClosingIsBounded) {
  auto one = machine("one", "", plain_codec(), {.drain = 200ms});
  nginx_.freeze();
  redis_.freeze();
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(one->stack.put(key_of(std::to_string(i)), noise(100), {}));
  // Were each upload waited for, this would be 50 times 10 seconds and run into ctest's limit.
  one.reset();
}

TEST_F(StackedStoreTest, TheQueueIsBounded) {
  auto one = machine("one", "", plain_codec(), {.queue_bytes = 10'000, .drain = 100ms});
  nginx_.freeze();
  redis_.freeze();
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(one->stack.put(key_of(std::to_string(i)), noise(4000), {}));
  EXPECT_TRUE(one->local.lookup(key_of("49"))->hit());
}

TEST_F(StackedStoreTest, WithoutALocalStore) {
  std::vector<std::unique_ptr<RemoteStore>> remotes;
  remotes.push_back(remote(redis_.url()));
  StackedStore stack(nullptr, std::nullopt, std::move(remotes), plain_codec());
  const Digest key = key_of("k");
  EXPECT_TRUE(stack.lookup(key)->absent());
  ASSERT_TRUE(stack.put(key, noise(100), {}));
  stack.flush();
  EXPECT_TRUE(stack.lookup(key)->hit());
}

}  // namespace
}  // namespace weir
