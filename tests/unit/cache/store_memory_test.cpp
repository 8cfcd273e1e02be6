// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory runs out at the first allocation, at the second, and so on: every call answers with an
// Error or with what it should, throws nothing, and leaves the store whole. An executable of its
// own, because it replaces operator new.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "cache/entry.h"
#include "cache/explain.h"
#include "tests/unit/cache/store_fixture.h"

namespace {
// Allocations left before one fails; negative: none does. Tests here have one thread.
long g_allocations_left = -1;
bool g_failed = false;

void* allocate(std::size_t size) {
  if (g_allocations_left == 0) {
    g_failed = true;
    return nullptr;
  }
  if (g_allocations_left > 0) --g_allocations_left;
  return std::malloc(size == 0 ? 1 : size);
}

// Not inlined: gcc warns of free() where it sees the operator new of the same pointer.
[[gnu::noinline]] void release(void* memory) {
  std::free(memory);
}
}  // namespace

void* operator new(std::size_t size) {
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) {
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  release(memory);
}

namespace weir {
namespace {

using namespace cache_test;

class MemoryTest : public StoreTest {
 protected:
  // Calls with memory running out ever later, until it suffices. All allocations after the failing
  // one fail too. Gives the number of calls that did not get through.
  template <class Call>
  int starve(Call call) {
    for (int n = 0;; ++n) {
      g_failed = false;
      g_allocations_left = n;
      call();
      g_allocations_left = -1;
      if (!g_failed) return n;
      if (n > 100000) return -1;
    }
  }
};

TEST_F(MemoryTest, LookupAndPut) {
  LocalStore store = open_store();
  const Digest key = key_of("k");
  const Bytes object(6000, 1);
  const Description description = description_of("a value that is too long for a small string");
  int wrong = 0;
  auto put = [&] {
    auto status = store.put(key, object, description);
    wrong += !status && status.error().code() != ErrorCode::kOutOfMemory;
  };
  EXPECT_GT(starve(put), 10);
  ASSERT_TRUE(must_lookup(store, key).hit());
  EXPECT_GT(starve([&] {
              auto found = store.lookup(key);
              wrong += found ? !found->hit() || found->object != object
                             : found.error().code() != ErrorCode::kOutOfMemory;
            }),
            5);
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(names_in(folder_ + "/tmp").empty());

  // A damaged entry, a new one for each try.
  starve([&] {
    long left = std::exchange(g_allocations_left, -1);
    write_file(store.entry_path(key), as_bytes("rubbish"));
    g_allocations_left = left;
    auto found = store.lookup(key);
    wrong += found ? !found->damaged() : found.error().code() != ErrorCode::kOutOfMemory;
  });
  EXPECT_EQ(wrong, 0);
  put();
  EXPECT_TRUE(must_lookup(store, key).hit());
}

TEST_F(MemoryTest, Everything) {
  int unexpected = 0;
  auto check = [&](const auto& result, ErrorCode also = ErrorCode::kOutOfMemory) {
    unexpected += !result && result.error().code() != ErrorCode::kOutOfMemory &&
                  result.error().code() != also;
  };
  const Bytes object = noise(100);
  EXPECT_GT(starve([&] {
              auto store = LocalStore::open(folder_);
              check(store);
              if (!store) return;
              // What the put could not keep, the searches do not find.
              check(store->put(Digest{}, object, {}));
              check(store->list());
              check(store->find_by_prefix("000"), ErrorCode::kNotFound);
              check(store->explain("0"), ErrorCode::kNotFound);
              check(store->verify());
              check(find_nearest(*store, {}));
              check(store->stats());
              check(store->prune({.max_size = 1000000, .max_age = {}}));
              check(store->flush_stats());
              check(store->clear());
            }),
            20);
  EXPECT_EQ(unexpected, 0);
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(key_of("k"), object, {}));
  EXPECT_TRUE(must_lookup(store, key_of("k")).hit());
}

}  // namespace
}  // namespace weir
