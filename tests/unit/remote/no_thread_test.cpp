// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A stack of stores where the system gives no thread: what would be done in the background is done
// by who asks for it, nothing waits for a thread that is not there, and no claim is left behind.
#include <gtest/gtest.h>
#include <pthread.h>

#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "cache/remote/stacked_store.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using cache_test::description_of;
using cache_test::key_of;
using cache_test::noise;
using Claim = StackedStore::Claim;

// While it lives no thread starts: their stacks are larger than any address space.
class NoThreads {
 public:
  NoThreads() {
    ::pthread_getattr_default_np(&before_);
    pthread_attr_t none;
    ::pthread_attr_init(&none);
    ::pthread_attr_setstacksize(&none, size_t{1} << 48);
    ::pthread_setattr_default_np(&none);
    ::pthread_attr_destroy(&none);
  }
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

  static bool work() {
    try {
      std::thread([] {}).join();
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }

 private:
  pthread_attr_t before_;
};

// What a server would have; one for all connections.
struct Memory {
  std::mutex mutex;
  std::map<Digest, std::vector<uint8_t>> files;
  std::map<Digest, std::string> leases;
  int tokens = 0;
};
Memory* memory = nullptr;

class MemoryTransport final : public RemoteTransport {
 public:
  Result<std::optional<std::vector<uint8_t>>> get(const Digest& key, uint64_t, Deadline) override {
    const std::scoped_lock lock(memory->mutex);
    const auto found = memory->files.find(key);
    if (found == memory->files.end()) return std::optional<std::vector<uint8_t>>();
    return std::optional(found->second);
  }
  Result<bool> has(const Digest& key, Deadline) override {
    const std::scoped_lock lock(memory->mutex);
    return memory->files.contains(key);
  }
  Status put(const Digest& key, ByteSpan file, Deadline) override {
    const std::scoped_lock lock(memory->mutex);
    memory->files[key].assign(file.begin(), file.end());
    return {};
  }
  Result<LeaseReply> acquire(const Digest& key, std::chrono::milliseconds, Deadline) override {
    const std::scoped_lock lock(memory->mutex);
    if (memory->leases.contains(key)) return LeaseReply{.state = LeaseReply::State::kBusy};
    const std::string token = std::to_string(++memory->tokens);
    memory->leases[key] = token;
    return LeaseReply{.state = LeaseReply::State::kHeld, .token = token};
  }
  Result<bool> renew(const Digest& key, const std::string& token, std::chrono::milliseconds,
                     Deadline) override {
    const std::scoped_lock lock(memory->mutex);
    return memory->leases[key] == token;
  }
  Status release(const Digest& key, const std::string& token, Deadline) override {
    const std::scoped_lock lock(memory->mutex);
    if (memory->leases[key] == token) memory->leases.erase(key);
    return {};
  }
};

class NoThreadTest : public cache_test::StoreTest {
 protected:
  void SetUp() override {
    memory = &memory_;
    const NoThreads none;
    if (!NoThreads::work()) GTEST_SKIP() << "this system gives threads a stack of any size";
  }
  std::unique_ptr<StackedStore> stack(StackOptions options = {}) {
    std::vector<std::unique_ptr<RemoteStore>> remotes;
    remotes.push_back(
        std::make_unique<RemoteStore>(*parse_remote("redis://localhost"),
                                      [](const RemoteAddress&) -> std::unique_ptr<RemoteTransport> {
                                        return std::make_unique<MemoryTransport>();
                                      }));
    return std::make_unique<StackedStore>(
        nullptr, std::nullopt, std::move(remotes),
        EntryCodec{
            .encode = [](const Digest& key, ByteSpan object,
                         const Description& text) { return encode_entry(key, object, text); },
            .open = [](ByteSpan file, const Digest& key) { return decode_entry(file, key); },
            .keep = {}},
        options);
  }
  Memory memory_;
};

TEST_F(NoThreadTest, WhatIsPutIsSentByWhoPutsIt) {
  for (const bool wait : {false, true}) {
    const Digest key = key_of(wait ? "waits" : "does not");
    const auto one = stack({.queue_bytes = 10'000, .wait_for_room = wait});
    {
      const NoThreads none;
      for (int i = 0; i < 10; ++i) {
        const Status put = one->put(key, noise(4000), description_of("p"));
        ASSERT_TRUE(put) << put.error().to_string();
      }
      one->flush();  // for nothing that is not under way
      EXPECT_TRUE(one->take_problems().empty());
      EXPECT_TRUE(one->lookup(key)->hit());
    }
    // There are threads again.
    const Digest later = key_of(wait ? "waits, later" : "does not, later");
    ASSERT_TRUE(one->put(later, noise(4000), description_of("p")));
    one->flush();
    EXPECT_TRUE(one->lookup(later)->hit());
  }
}

TEST_F(NoThreadTest, ClaimsEnd) {
  const Digest released = key_of("released"), kept = key_of("kept");
  {
    const NoThreads none;
    const auto one = stack(), other = stack();
    ASSERT_EQ(one->claim(released), Claim::kMine);
    ASSERT_EQ(one->claim(kept), Claim::kMine);
    EXPECT_EQ(other->claim(released), Claim::kOthers);
    one->release(released);
    EXPECT_EQ(other->claim(released), Claim::kMine);
    EXPECT_EQ(other->claim(kept), Claim::kOthers);
  }
  EXPECT_TRUE(memory_.leases.empty()) << "who closes the stack ends what nobody released";
}

}  // namespace
}  // namespace weir
