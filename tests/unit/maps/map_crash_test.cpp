// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A process that is killed while it changes a pinned map leaves nothing broken, stuck or lost:
// wherever in an operation (a child is stepped through it, and what the memory is after each
// instruction is tried), and at a thousand random moments while the parent goes on using the map.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <set>

#include "runtime/maps/pin.h"
#include "tests/unit/maps/map_fixture.h"

#if defined(__SANITIZE_THREAD__)
#define WEIR_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_SANITIZED 1
#endif
#endif

namespace weir {
namespace {

using namespace map_test;

class MapCrash : public ::testing::Test {
 protected:
  MapCrash() {
    std::string pattern = ::testing::TempDir() + "weir-crash-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~MapCrash() override { std::filesystem::remove_all(folder_); }

  MapHandle pin(const MapSpec& spec) {
    auto map = pin_map(folder_, "m", spec);
    if (!map) {
      ADD_FAILURE() << map.error().to_string();
      return {};
    }
    return *map;
  }

  std::string folder_;
};

void stop_here() {
#if defined(__x86_64__)
  asm volatile("int3");
#else
  ::raise(SIGTRAP);
#endif
}

// What the map's memory is after each single instruction of `body` in a child, each state once, in
// order. The child is dead when it returns. Empty: no ptrace.
std::vector<Bytes> states_of(Map* map, const std::function<void()>& body) {
  std::vector<Bytes> states;
  const pid_t child = ::fork();
  if (child < 0) return states;
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(77);
    stop_here();
    body();
    stop_here();
    ::_exit(0);
  }
  int status = 0;
  bool stepping = ::waitpid(child, &status, 0) == child && WIFSTOPPED(status);
  while (stepping) {
    const uint8_t* bytes = map_bytes(map);
    if (states.empty() || std::memcmp(states.back().data(), bytes, map->block_bytes) != 0) {
      states.emplace_back(bytes, bytes + map->block_bytes);
    }
    stepping = ::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) == 0 &&
               ::waitpid(child, &status, 0) == child && WIFSTOPPED(status);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return states;
}

// Puts the map in each state that a child leaves if it is killed somewhere in `body`, and checks.
// `at_least`: there must be so many, or it was not the operation that was looked at.
void kill_everywhere(Map* map, const std::function<void()>& body,
                     const std::function<void()>& check, size_t at_least = 4) {
#ifdef WEIR_SANITIZED
  GTEST_SKIP() << "the sanitizer cannot be stepped through";
#endif
  const std::vector<Bytes> states = states_of(map, body);
  if (states.empty()) GTEST_SKIP() << "no ptrace here";
  EXPECT_GE(states.size(), at_least);
  for (size_t i = 0; i < states.size(); ++i) {
    std::memcpy(map, states[i].data(), states[i].size());
    check();
    if (::testing::Test::HasFailure()) {
      FAIL() << "in state " << i << " of " << states.size();
    }
  }
}

struct Case {
  const char* name;
  MapSpec spec;
};

std::vector<Case> hash_cases() {
  MapSpec per_cpu = spec_of(BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 6);
  per_cpu.cpu_slots = 2;
  return {{"hash", spec_of(BPF_MAP_TYPE_HASH, 4, 8, 6)},
          {"long keys", spec_of(BPF_MAP_TYPE_HASH, 20, 24, 6)},
          {"per CPU", per_cpu},
          {"LRU", spec_of(BPF_MAP_TYPE_LRU_HASH, 4, 8, 6)}};
}

// What must hold of a small map in which key 0 is never deleted.
void expect_whole(Map* map) {
  const uint32_t key_size = map->key_size;
  const bool lru = is_lru(map->type);
  Bytes value(map_host_value_size(map));
  if (!lru) {
    ASSERT_NE(map_lookup(map, key_bytes(0, key_size).data(), 0), nullptr);
    ASSERT_TRUE(
        number_of_value(map_lookup(map, key_bytes(0, key_size).data(), 0), map->value_size));
  }
  std::set<Bytes> seen;
  Bytes key(key_size);
  void* at = nullptr;
  for (MapCursor cursor; map_advance(map, cursor, 0, key.data(), &at);) {
    ASSERT_TRUE(seen.insert(key).second) << "an entry is there twice";
    ASSERT_TRUE(number_of_value(at, map->value_size)) << "a torn value";
    ASSERT_LE(seen.size(), map->max_entries);
  }
  // Nothing is stuck, nothing is lost: it can be filled to the brim and emptied.
  for (uint32_t i = 0; i < map->max_entries; ++i) {
    ASSERT_EQ(map_update(map, key_bytes(i, key_size).data(), value_bytes(i, map->value_size).data(),
                         BPF_ANY, 0),
              i < map->max_entries ? 0 : -E2BIG)
        << i;
    // Keys that a child left behind make way for ours.
    for (const uint32_t other : {100u, 101u}) {
      (void)map_delete(map, key_bytes(other, key_size).data());
    }
  }
  for (uint32_t i = 0; i < map->max_entries; ++i) {
    ASSERT_NE(map_lookup(map, key_bytes(i, key_size).data(), 0), nullptr) << i;
  }
  for (uint32_t i = 3; i < map->max_entries; ++i) {
    ASSERT_EQ(map_delete(map, key_bytes(i, key_size).data()), 0);
  }
  ASSERT_LE(map->count, 3u);  // lower if a child died before it counted
}

TEST_F(MapCrash, HashesAtEveryInstruction) {
  for (const Case& c : hash_cases()) {
    for (const char* const operation : {"insert", "replace", "delete"}) {
      SCOPED_TRACE(std::string(c.name) + ": " + operation);
      const MapHandle handle = pin(c.spec);
      Map* map = handle.map();
      for (uint32_t i = 0; i < 3; ++i) {
        ASSERT_EQ(map_update(map, key_bytes(i, c.spec.key_size).data(),
                             value_bytes(i, c.spec.value_size).data(), BPF_ANY, 0),
                  0);
      }
      const Bytes fresh = key_bytes(100, c.spec.key_size);
      const Bytes there = key_bytes(1, c.spec.key_size);
      const Bytes value = value_bytes(500, c.spec.value_size);
      const std::string what = operation;
      kill_everywhere(
          map,
          [&] {
            if (what == "insert") (void)map_update(map, fresh.data(), value.data(), BPF_ANY, 0);
            if (what == "replace") (void)map_update(map, there.data(), value.data(), BPF_ANY, 0);
            if (what == "delete") (void)map_delete(map, there.data());
          },
          [&] {
            (void)map_delete(map, fresh.data());
            expect_whole(map);
          });
      if (HasFatalFailure() || IsSkipped()) return;
      ASSERT_TRUE(unpin_map(folder_, "m"));
    }
  }
}

TEST_F(MapCrash, EvictionAtEveryInstruction) {
  const MapHandle handle = pin(spec_of(BPF_MAP_TYPE_LRU_HASH, 4, 8, 3));
  Map* map = handle.map();
  const auto fill = [&](uint32_t from, uint32_t many) {
    for (uint32_t i = from; i < from + many; ++i) {
      ASSERT_EQ(map_update(map, key_bytes(i, 4).data(), value_bytes(i, 8).data(), 0, 0), 0);
    }
  };
  fill(0, 3);
  const Bytes fresh = key_bytes(100, 4);
  const Bytes value = value_bytes(1, 8);
  kill_everywhere(
      map, [&] { (void)map_update(map, fresh.data(), value.data(), 0, 0); },
      [&] {
        // Enough keys to come by every bucket; then it is as large as ever.
        fill(200, 60);
        ASSERT_EQ(map->count, 3u);
        for (uint32_t key = 257; key < 260; ++key) ASSERT_NE(map_lookup(map, &key, 0), nullptr);
      });
}

TEST_F(MapCrash, TriesAtEveryInstruction) {
  const auto key = [](uint32_t bits, uint32_t data) {
    Bytes bytes(8);
    std::memcpy(bytes.data(), &bits, 4);
    const uint32_t big = __builtin_bswap32(data);
    std::memcpy(bytes.data() + 4, &big, 4);
    return bytes;
  };
  const std::vector<Bytes> keys = {key(0, 0), key(8, 0x0a000000), key(24, 0x0a010100),
                                   key(24, 0x0a010200)};
  for (const char* const operation : {"insert", "replace", "delete", "delete inner"}) {
    SCOPED_TRACE(operation);
    const std::string what = operation;
    const MapHandle handle = pin(spec_of(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 5, BPF_F_NO_PREALLOC));
    Map* map = handle.map();
    const uint64_t value = 1;
    const Bytes fresh = key(32, 0x0a010203);
    for (const Bytes& k : keys) ASSERT_EQ(map_update(map, k.data(), &value, BPF_ANY, 0), 0);
    kill_everywhere(
        map,
        [&] {
          if (what == "insert") (void)map_update(map, fresh.data(), &value, BPF_ANY, 0);
          if (what == "replace") (void)map_update(map, keys[1].data(), &value, BPF_ANY, 0);
          if (what == "delete") (void)map_delete(map, keys[3].data());
          if (what == "delete inner") (void)map_delete(map, keys[1].data());
        },
        [&] {
          ASSERT_NE(map_lookup(map, key(32, 0x0a010101).data(), 0), nullptr);
          // Full with five, whatever happened; then back to four.
          for (const Bytes& k : keys) ASSERT_EQ(map_update(map, k.data(), &value, BPF_ANY, 0), 0);
          ASSERT_EQ(map_update(map, fresh.data(), &value, BPF_ANY, 0), 0);
          ASSERT_EQ(map->count, 5u);
          ASSERT_EQ(map_update(map, key(16, 0x0b000000).data(), &value, BPF_ANY, 0), -ENOSPC);
          ASSERT_EQ(map_delete(map, fresh.data()), 0);
          uint32_t walked = 0;
          Bytes k(8);
          for (int64_t more = map_get_next_key(map, nullptr, k.data()); more == 0;
               more = map_get_next_key(map, k.data(), k.data())) {
            ++walked;
          }
          ASSERT_EQ(walked, 4u);
        });
    if (HasFatalFailure() || IsSkipped()) return;
    ASSERT_TRUE(unpin_map(folder_, "m"));
  }
}

TEST_F(MapCrash, QueuesAtEveryInstruction) {
  const MapHandle handle = pin(spec_of(BPF_MAP_TYPE_QUEUE, 0, 16, 2));
  Map* map = handle.map();
  Bytes value(16);
  kill_everywhere(
      map, [&] { (void)map_push(map, value_bytes(7, 16).data(), BPF_ANY); },
      [&] {
        while (map_pop(map, value.data()) == 0) ASSERT_EQ(value, value_bytes(7, 16));
        ASSERT_EQ(map_push(map, value_bytes(7, 16).data(), BPF_ANY), 0);
        ASSERT_EQ(map_push(map, value_bytes(7, 16).data(), BPF_ANY), 0);
        ASSERT_EQ(map_push(map, value.data(), BPF_ANY), -E2BIG);
        ASSERT_EQ(map_pop(map, value.data()), 0);
        ASSERT_EQ(map_pop(map, value.data()), 0);
      },
      5);
}

// One filters (the child: inserts, replaces, deletes as fast as it can), the other dumps and
// updates; the first is killed a thousand times.
TEST_F(MapCrash, AThousandKills) {
  for (const Case& c : hash_cases()) {
    SCOPED_TRACE(c.name);
    MapSpec spec = c.spec;
    spec.max_entries = 40;
    const bool lru = is_lru(spec.type);
    const MapHandle handle = pin(spec);
    Map* map = handle.map();
    const auto set = [&](uint32_t key, uint64_t value) {
      return map_update(map, key_bytes(key, spec.key_size).data(),
                        value_bytes(value, spec.value_size).data(), BPF_ANY, 0);
    };
    for (uint32_t key = 0; key < 20; ++key) ASSERT_EQ(set(key, 1), 0);
    std::minstd_rand random(5);
    for (int round = 0; round < 250; ++round) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        const auto own = open_pinned_map(folder_, "m", PinAccess::kWrite);
        if (!own) ::_exit(1);
        std::minstd_rand choose(static_cast<uint32_t>(round) + 1);
        for (;;) {
          // Keys below 20 stay.
          const auto key = static_cast<uint32_t>(choose() % 60);
          const Bytes bytes = key_bytes(key, spec.key_size);
          if (key >= 20 && choose() % 2 == 0) {
            (void)map_delete(own->map(), bytes.data());
          } else {
            (void)map_update(own->map(), bytes.data(),
                             value_bytes(choose(), spec.value_size).data(), BPF_ANY, 0);
          }
        }
      }
      // Meanwhile the parent uses it, too.
      const auto busy_until = random() % 40;
      for (uint32_t i = 0; i < busy_until; ++i) {
        const auto key = static_cast<uint32_t>(random() % 20);
        ASSERT_EQ(set(key, random()), 0);
        if (!lru) {
          ASSERT_NE(map_lookup(map, key_bytes(key, spec.key_size).data(), 0), nullptr);
        }
      }
      ::usleep(static_cast<useconds_t>(random() % 1500));
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      uint32_t dumped = 0;
      Bytes key(spec.key_size);
      void* at = nullptr;
      for (MapCursor cursor; map_advance(map, cursor, 0, key.data(), &at);) ++dumped;
      ASSERT_LE(dumped, 40u);
      if (!lru) {
        ASSERT_GE(dumped, 20u);
      }
    }
    // Nothing is lost: all entries can be had.
    for (uint32_t key = 20; key < 60; ++key) {
      (void)map_delete(map, key_bytes(key, spec.key_size).data());
    }
    for (uint32_t key = 0; key < 40; ++key) ASSERT_EQ(set(key, key), 0) << key;
    for (uint32_t key = 1000; lru && key < 2000; ++key) ASSERT_EQ(set(key, key), 0) << key;
    uint32_t entries = 0;
    Bytes key(spec.key_size);
    void* at = nullptr;
    for (MapCursor cursor; map_advance(map, cursor, 0, key.data(), &at);) ++entries;
    ASSERT_EQ(entries, 40u);
    // Who is killed between an entry and the count leaves the count too low, never too high
    // (hash_map.h), until the map is asked for more than it has: then it is counted anew, since
    // the lock that was held says that somebody died.
    ASSERT_LE(map->count, 40u);
    ASSERT_EQ(set(41, 1), lru ? 0 : -E2BIG);
    if (!lru) {
      ASSERT_EQ(map->count, 40u);
    }
    for (uint32_t key = 0; key < 39; ++key) ASSERT_EQ(set(key, key), 0) << key;
    ASSERT_TRUE(unpin_map(folder_, "m"));
  }
}

// The owner of a lock is a process, not its number: a lock that a thread of the parent held when
// the child was forked is free for the child.
TEST(MapCrashFork, ChildTakesOverPrivateLocks) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_QUEUE, 0, 8, 2));
  Map* map = handle.map();
  map->lock = map_slow_paths()->owner;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const uint64_t value = 1;
    ::_exit(map_push(map, &value, BPF_ANY) == 0 ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  map->lock = 0;
}

}  // namespace
}  // namespace weir
