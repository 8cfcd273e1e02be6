// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a writer that was killed leaves of a hash map: every chain whole (hash_map.h), one bucket
// locked, and at most two elements in nobody's hands, taken from the free list or from a chain and
// not yet put anywhere. The next one who needs the lock takes it over (slow_paths.cpp). The
// elements come back when the map runs out of them: since elements change hands only under the
// lock of a bucket, whoever holds all buckets knows that an element in no chain is free.
#include <sched.h>
#include <time.h>

#include <vector>

#include "runtime/maps/hash_map.h"
#include "runtime/maps/slow_paths.h"

namespace weir {

namespace {

HashBucket* buckets_of(Map* map) {
  return reinterpret_cast<HashBucket*>(map_bytes(map) + kMapStorageOffset);
}

bool any_bucket_orphaned(const HashLayout& layout, Map* map, const MapSlowPaths* slow) {
  uint32_t known = slow->owner;  // lives
  for (uint32_t i = 0; i < layout.buckets; ++i) {
    const uint32_t seen = load_relaxed(&buckets_of(map)[i].lock);
    if (seen == 0 || seen == known) continue;
    if (lock_is_orphaned(map, seen, slow)) return true;
    known = seen;
  }
  return false;
}

// Notes the elements that hang in a bucket, and ends the chain where it stops making sense: a link
// that leads out of the map or to an element already seen.
uint32_t note_chain(const HashLayout& layout, Map* map, HashBucket* bucket,
                    std::vector<bool>& linked) {
  uint32_t found = 0;
  uint32_t previous = 0;
  auto index = static_cast<uint32_t>(load_relaxed(&bucket->chain));
  while (index != 0) {
    if (index > layout.elements || linked[index - 1]) {
      if (previous != 0) {
        store_release(&hash_element(layout, map, previous)->next, 0u);
      } else {
        store_release(&bucket->chain, load_relaxed(&bucket->chain) & ~uint64_t{UINT32_MAX});
      }
      break;
    }
    linked[index - 1] = true;
    ++found;
    previous = index;
    index = load_relaxed(&hash_element(layout, map, index)->next);
  }
  return found;
}

// All buckets are locked. The free list is built out of sight: if this process dies, it is empty,
// and the next one builds it.
void rebuild_free(const HashLayout& layout, Map* map) {
  store_relaxed(&map->leaked, 1u);
  const uint64_t top = load_relaxed(&map->free_list) & ~uint64_t{UINT32_MAX};
  store_release(&map->free_list, top + kChainLeft);
  for (uint32_t& spare : map->spares) store_relaxed(&spare, 0u);

  std::vector<bool> linked(layout.elements);
  uint32_t count = 0;
  for (uint32_t i = 0; i < layout.buckets; ++i) {
    count += note_chain(layout, map, &buckets_of(map)[i], linked);
  }
  uint32_t spares = 0;
  uint32_t first = 0;
  const uint32_t used_up_to = load_relaxed(&map->watermark);
  for (uint32_t index = layout.elements; index > 0; --index) {
    const bool never_used = index > used_up_to && index <= map->max_entries;
    if (linked[index - 1] || never_used) continue;
    HashElement* const element = hash_element(layout, map, index);
    store_relaxed(&element->hash, 0u);
    if (spares < kSpareElements) {
      store_release(&map->spares[spares++], index);
    } else {
      store_relaxed(&element->next, first);
      first = index;
    }
  }
  // Fewer elements used than there are spares to keep: take never used ones.
  for (uint32_t unused = used_up_to; spares < kSpareElements && unused < map->max_entries;) {
    store_relaxed(&map->watermark, ++unused);
    store_release(&map->spares[spares++], unused);
  }
  store_relaxed(&map->count, count);
  store_release(&map->free_list, (top + 2 * kChainLeft) | first);
  store_release(&map->leaked, 0u);
}

bool audit(const HashLayout& layout, Map* map, const MapSlowPaths* slow) {
  for (uint32_t i = 0; i < layout.buckets; ++i) {
    if (lock_word(map, &buckets_of(map)[i].lock, slow) == 0) continue;
    while (i > 0) unlock_word(&buckets_of(map)[--i].lock);
    return false;
  }
  rebuild_free(layout, map);
  for (uint32_t i = 0; i < layout.buckets; ++i) unlock_word(&buckets_of(map)[i].lock);
  return true;
}

bool has_free(const HashLayout& layout, const Map* map) {
  const auto top = static_cast<uint32_t>(load_relaxed(&map->free_list));
  return (top != 0 && top <= layout.elements) || load_relaxed(&map->watermark) < map->max_entries;
}
bool has_spare(const Map* map) {
  for (const uint32_t& spare : map->spares) {
    if (load_relaxed(&spare) != 0) return true;
  }
  return false;
}

}  // namespace

void repair_bucket(Map* map, uint32_t* word) {
  auto* const bucket =
      reinterpret_cast<HashBucket*>(reinterpret_cast<uint8_t*>(word) - offsetof(HashBucket, lock));
  // The owner may have unlinked an element and not yet told the readers.
  store_release(&bucket->chain, load_relaxed(&bucket->chain) + kChainLeft);
  store_relaxed(&map->leaked, 1u);
}

int64_t reclaim_elements(Map* map, bool spare, const MapSlowPaths* slow) {
  const HashLayout layout = hash_layout(shape_of(map));
  const bool lru = is_lru(map->type);
  const bool leaked = load_relaxed(&map->leaked) != 0;
  // Full, and nothing lost. `count` is never too high. An LRU map that found no victim has all
  // of them locked, perhaps by somebody dead.
  if (!spare && !lru && !leaked && load_relaxed(&map->count) >= map->max_entries) return 0;
  if (leaked || (map->shared != 0 && any_bucket_orphaned(layout, map, slow))) {
    if (!audit(layout, map, slow)) return 0;
    return (spare ? has_spare(map) : lru || has_free(layout, map)) ? 1 : 0;
  }
  if (!spare) return has_free(layout, map) ? 1 : 0;
  // More writers than spares; theirs come back within a few instructions of running.
  for (int round = 0; round < 10'000; ++round) {
    if (has_spare(map)) return 1;
    if (round < 1'000) {
      ::sched_yield();
    } else {
      const timespec sleep = {0, 50'000};
      ::nanosleep(&sleep, nullptr);
    }
  }
  return 0;
}

}  // namespace weir
