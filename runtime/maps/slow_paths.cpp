// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/slow_paths.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <cerrno>

#include "runtime/maps/hash_map.h"
#include "runtime/maps/lock.h"
#include "runtime/maps/owner.h"

namespace weir {

namespace {

// Rounds of waiting: first without giving up the CPU, then giving way, then asleep.
constexpr uint32_t kSpinRounds = 64;
constexpr uint32_t kYieldRounds = 192;
constexpr long kSleepNanoseconds = 50'000;
constexpr uint32_t kOwnerCheckEvery = 32;
// The kernel gives -EBUSY too when it cannot have a bucket's lock.
constexpr int64_t kPatienceNanoseconds = 1'000'000'000;

MapSlowPaths& table() {
  static MapSlowPaths paths = {this_owner(), 0, wait_lock, reclaim_elements, evict_element,
                               update_locked};
  return paths;
}

int64_t now_nanoseconds() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// The lock was taken over from a dead owner.
void repair(Map* map, uint32_t* word) {
  const auto offset = static_cast<uint64_t>(reinterpret_cast<uint8_t*>(word) - map_bytes(map));
  if (word == &map->lock) {
    if (map->type == BPF_MAP_TYPE_LPM_TRIE) repair_lpm_trie(map);
  } else if (is_hash(map->type) && offset < hash_layout(shape_of(map)).elements_offset) {
    repair_bucket(map, word);
  }
  // A bpf_spin_lock guards what only the program knows.
}

}  // namespace

const MapSlowPaths* map_slow_paths() {
  static const int registered =
      ::pthread_atfork(nullptr, nullptr, [] { table().owner = this_owner(); });
  (void)registered;
  return &table();
}

bool lock_is_orphaned(const Map* map, uint32_t seen, const MapSlowPaths* slow) {
  if (seen == slow->owner) return false;
  // Memory that no other process has: the owner was a thread of the process this one was forked
  // from.
  if (map->shared == 0) return true;
  return !owner_lives(seen);
}

int64_t wait_lock(Map* map, uint32_t* word, const MapSlowPaths* slow) {
  int64_t give_up = 0;
  for (uint32_t round = 0;; ++round) {
    uint32_t seen = load_relaxed(word);
    if (seen == 0) {
      if (try_lock(word, slow)) return 0;
      continue;
    }
    if (round < kSpinRounds) {
      pause_cpu();
      continue;
    }
    if (round % kOwnerCheckEvery == 0 && lock_is_orphaned(map, seen, slow)) {
      if (__atomic_compare_exchange_n(word, &seen, slow->owner, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_RELAXED)) {
        repair(map, word);
        return 0;
      }
    }
    if (round < kYieldRounds) {
      ::sched_yield();
      continue;
    }
    const int64_t now = now_nanoseconds();
    if (give_up == 0) give_up = now + kPatienceNanoseconds;
    if (now >= give_up) return -EBUSY;
    const timespec sleep = {0, kSleepNanoseconds};
    ::nanosleep(&sleep, nullptr);
  }
}

}  // namespace weir
