// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the LRU maps choose whom to drop when they are full. Like the kernel they give a second
// chance: an entry that was used since the search last passed it is passed once more. The kernel
// keeps two lists; here a hand goes round all elements (the CLOCK algorithm, same choice for the
// same history), because there is then no list to keep whole across a crash, and a lookup writes at
// most one flag. BPF_F_NO_COMMON_LRU is accepted and makes no difference.
#include "runtime/maps/hash_map.h"
#include "runtime/maps/slow_paths.h"

namespace weir {

namespace {

// After so many elements that were all in use or locked, the next one that can be had must go: an
// insertion never takes longer than this.
constexpr uint32_t kMaxChances = 1024;

// Unlinks element `index` from the bucket, which is locked. False: it is not there.
bool unlink_element(const HashLayout& layout, Map* map, HashBucket* bucket, uint32_t index) {
  HashPlace place{static_cast<uint32_t>(load_relaxed(&bucket->chain)), 0};
  for (uint32_t hops = 0; place.index != 0 && hops < layout.elements; ++hops) {
    const uint32_t next = load_relaxed(&hash_element(layout, map, place.index)->next);
    if (place.index == index) {
      __atomic_fetch_sub(&map->count, 1, __ATOMIC_RELAXED);
      hash_relink(layout, map, bucket, place, next);
      return true;
    }
    place = {next, place.index};
  }
  return false;
}

}  // namespace

// The caller holds the lock of one bucket, so others are only tried: two who evict from each
// other's buckets never wait for one another.
uint32_t evict_element(Map* map, uint32_t held_bucket, const MapSlowPaths* slow) {
  const HashLayout layout = hash_layout(shape_of(map));
  // Somebody died: the elements he had in his hands come first (reclaim_elements).
  if (load_relaxed(&map->leaked) != 0) return 0;
  const uint64_t limit = kMaxChances + 2 * uint64_t{layout.elements};
  for (uint64_t seen = 0; seen < limit; ++seen) {
    const uint32_t index =
        __atomic_fetch_add(&map->clock_hand, 1, __ATOMIC_RELAXED) % layout.elements + 1;
    HashElement* const element = hash_element(layout, map, index);
    const uint32_t hash = load_acquire(&element->hash);
    if (hash == 0) continue;
    LruMark* const mark = lru_mark(element);
    if (load_relaxed(&mark->used) != 0) {
      store_relaxed(&mark->used, 0u);
      if (seen < kMaxChances) continue;
    }
    const uint32_t number = hash & (layout.buckets - 1);
    HashBucket* const bucket = hash_bucket(layout, map, hash);
    if (number != held_bucket && !try_lock(&bucket->lock, slow)) {
      const uint32_t owner = load_relaxed(&bucket->lock);
      if (owner == 0 || map->shared == 0 || !lock_is_orphaned(map, owner, slow)) continue;
      store_relaxed(&map->leaked, 1u);
      return 0;
    }
    const bool unlinked = unlink_element(layout, map, bucket, index);
    if (number != held_bucket) unlock_word(&bucket->lock);
    if (unlinked) return index;
  }
  return 0;
}

}  // namespace weir
