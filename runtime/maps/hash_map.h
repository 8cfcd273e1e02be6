// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The hash maps: BPF_MAP_TYPE_HASH, its per-CPU and LRU variants, and the kinds whose values the
// host looks into (hash of maps, devmap hash, sockhash). A table of buckets, each the head of a
// chain of elements; an element is its link, its hash, its key, then its value (per-CPU values lie
// by CPU behind all elements).
//
// Readers take no lock, although an element that was deleted is used again at once, as in the
// kernel's preallocated hash. They may be carried off into another chain by an element that moved.
// The bucket's head therefore has a counter beside it that changes each time an element leaves the
// bucket, after it left and before it is used again. A reader that found nothing is right if the
// counter is still the same, and else starts again. One that found its key is right in any case:
// an element's hash is cleared when it leaves, and written last when it is filled. So a lookup
// never misses an entry that is there all the time, also while it is updated.
//
// A program that holds a pointer to a value keeps it when the entry is deleted; the memory may by
// then belong to another entry of the same map. It is never unmapped while the map lives.
//
// BPF_F_NO_PREALLOC changes nothing: memory is first touched when an element is first used.
//
// Writers lock one bucket. Elements are taken and given back only while a bucket is locked, so
// whoever holds all of them (hash_reclaim.cpp) sees which elements are lost after a crash.
// `count` goes down before an entry leaves and up after it came, so that it is never too high, and
// both under the bucket's lock: where a killed writer left it too low, that lock is orphaned or was
// taken over (Map::leaked), and whoever finds the map full counts anew.
//
// Freestanding (map.h). Kernel: kernel/bpf/hashtab.c.
#pragma once

#include <bit>
#include <cerrno>

#include "runtime/maps/key_hash.h"
#include "runtime/maps/lock.h"
#include "runtime/maps/map.h"
#include "runtime/maps/words.h"

namespace weir {

// Links are one more than an element's number; 0 ends a chain.
struct HashBucket {
  uint64_t chain;  // low half: first element; high half: counts elements that left
  uint32_t lock;
  uint32_t reserved;
};
struct HashElement {
  uint32_t next;  // in the bucket, or in the free list
  uint32_t hash;  // 0: in no bucket
};
// The element of an LRU map goes on with this.
struct LruMark {
  uint32_t used;  // looked up or updated since the search for victims last passed
  uint32_t reserved;
};

inline constexpr uint64_t kChainLeft = uint64_t{1} << 32;

// Offsets from the map's base. The same for every number of CPUs, except where the storage ends.
struct HashLayout {
  uint32_t buckets = 0;     // a power of two, as in the kernel
  uint32_t elements = 0;    // max_entries and the spares
  uint32_t key_offset = 0;  // in an element
  uint32_t value_offset = 0;
  uint64_t elements_offset = 0;
  uint64_t element_stride = 0;
  uint64_t values_offset = 0;  // per-CPU values
  uint64_t cpu_stride = 0;
};

constexpr HashLayout hash_layout(MapShape shape) {
  HashLayout layout;
  layout.buckets = std::bit_ceil(shape.max_entries);
  layout.elements = shape.max_entries + kSpareElements;
  layout.key_offset = sizeof(HashElement) + (is_lru(shape.type) ? sizeof(LruMark) : 0);
  const auto after_key = static_cast<uint32_t>(layout.key_offset + round_up(shape.key_size, 8));
  layout.value_offset = after_key;
  layout.element_stride = after_key + (is_per_cpu(shape.type) ? 0 : value_stride(shape));
  // An element of up to a cache line lies in one.
  if (layout.element_stride <= 64) layout.element_stride = std::bit_ceil(layout.element_stride);
  layout.elements_offset = round_up(kMapStorageOffset + layout.buckets * sizeof(HashBucket), 128);
  layout.values_offset =
      round_up(layout.elements_offset + layout.elements * layout.element_stride, 128);
  layout.cpu_stride = is_per_cpu(shape.type) ? per_cpu_stride(shape, layout.elements) : 0;
  return layout;
}

constexpr ValueSpan hash_span(MapShape shape, uint32_t cpu_slots) {
  const HashLayout layout = hash_layout(shape);
  if (is_per_cpu(shape.type)) {
    return {layout.values_offset, value_stride(shape), per_cpu_count(layout.elements) * cpu_slots,
            shape.value_size};
  }
  return {layout.elements_offset + layout.value_offset, layout.element_stride, layout.elements,
          shape.value_size};
}
constexpr uint64_t hash_storage_end(MapShape shape, uint32_t cpu_slots) {
  const HashLayout layout = hash_layout(shape);
  return layout.values_offset + layout.cpu_stride * cpu_slots;
}

WEIR_MAP_INLINE HashBucket* hash_bucket(const HashLayout& layout, Map* map, uint32_t hash) {
  return reinterpret_cast<HashBucket*>(map_bytes(map) + kMapStorageOffset) +
         (hash & (layout.buckets - 1));
}
WEIR_MAP_INLINE HashElement* hash_element(const HashLayout& layout, Map* map, uint32_t index) {
  return reinterpret_cast<HashElement*>(map_bytes(map) + layout.elements_offset +
                                        (index - 1) * layout.element_stride);
}
inline uint32_t hash_index(const HashLayout& layout, Map* map, const HashElement* element) {
  const auto offset = static_cast<uint64_t>(reinterpret_cast<const uint8_t*>(element) -
                                            map_bytes(map) - layout.elements_offset);
  return static_cast<uint32_t>(offset / layout.element_stride) + 1;
}
WEIR_MAP_INLINE uint8_t* hash_key(const HashLayout& layout, HashElement* element) {
  return reinterpret_cast<uint8_t*>(element) + layout.key_offset;
}
inline LruMark* lru_mark(HashElement* element) {
  return reinterpret_cast<LruMark*>(element + 1);
}
// `index` is the element's.
WEIR_MAP_INLINE uint8_t* hash_value(const HashLayout& layout, MapShape shape, Map* map,
                                    HashElement* element, uint32_t index, uint32_t cpu) {
  if (is_per_cpu(shape.type)) {
    return map_bytes(map) + layout.values_offset + cpu * layout.cpu_stride +
           (index - 1) * value_stride(shape);
  }
  return reinterpret_cast<uint8_t*>(element) + layout.value_offset;
}

// The hash is written last and cleared first, so the key is the one it belongs to.
WEIR_MAP_INLINE bool hash_key_is(const HashLayout& layout, MapShape shape, HashElement* element,
                                 const void* key, uint32_t hash, uint32_t stored) {
  return stored == hash && same_bytes(hash_key(layout, element), key, shape.key_size);
}

// The index of the element with `key`, 0 if there is none. Takes no lock.
WEIR_MAP_INLINE uint32_t hash_find(const HashLayout& layout, MapShape shape, Map* map,
                                   const void* key, uint32_t hash) {
  HashBucket* const bucket = hash_bucket(layout, map, hash);
  uint64_t chain = load_acquire(&bucket->chain);
  auto index = static_cast<uint32_t>(chain);
  if (index == 0) return 0;
  // Neither limit is ever met, unless another process wrote garbage into the file.
  uint32_t hops = 0;
  while (index <= layout.elements && hops++ <= layout.elements) {
    HashElement* const element = hash_element(layout, map, index);
    const uint32_t stored = load_acquire(&element->hash);
    if (__builtin_expect(hash_key_is(layout, shape, element, key, hash, stored), true)) {
      return index;
    }
    index = load_acquire(&element->next);
    // The element left this bucket: its link is of the free list or of another bucket.
    const bool gone = ((stored ^ hash) & (kHashUsed | (layout.buckets - 1))) != 0;
    if (index == 0 || gone) {
      const uint64_t now = load_acquire(&bucket->chain);
      if (!gone && (now ^ chain) < kChainLeft) return 0;
      chain = now;
      index = static_cast<uint32_t>(chain);
      if (index == 0) return 0;
    }
  }
  return 0;
}

// The value of `key`, or null; CPU `cpu`'s in a per-CPU map. `mark`: an LRU map takes note that
// the entry is used; the kernel does not for lookups by the host.
WEIR_MAP_INLINE void* hash_lookup(MapShape shape, Map* map, const void* key, uint32_t cpu,
                                  bool mark = true) {
  const HashLayout layout = hash_layout(shape);
  const uint32_t hash = key_hash(key, shape.key_size, map->seed);
  const uint32_t index = hash_find(layout, shape, map, key, hash);
  if (index == 0) return nullptr;
  HashElement* const element = hash_element(layout, map, index);
  if (is_lru(shape.type) && mark && load_relaxed(&lru_mark(element)->used) == 0) {
    store_relaxed(&lru_mark(element)->used, 1u);
  }
  return hash_value(layout, shape, map, element, index, cpu);
}

// ---- Writers. The bucket is locked. ----

// Where an element hangs: `previous` is 0 if the bucket's head names it. index 0: not there.
struct HashPlace {
  uint32_t index = 0;
  uint32_t previous = 0;
};
inline HashPlace hash_place(const HashLayout& layout, MapShape shape, Map* map, HashBucket* bucket,
                            const void* key, uint32_t hash) {
  HashPlace place{static_cast<uint32_t>(load_relaxed(&bucket->chain)), 0};
  uint32_t hops = 0;
  while (place.index != 0 && place.index <= layout.elements && hops++ < layout.elements) {
    HashElement* const element = hash_element(layout, map, place.index);
    if (hash_key_is(layout, shape, element, key, hash, load_relaxed(&element->hash))) return place;
    place.previous = place.index;
    place.index = load_relaxed(&element->next);
  }
  return {};
}

// Makes what hangs at `place` give way to `successor`, and tells readers that something left.
inline void hash_relink(const HashLayout& layout, Map* map, HashBucket* bucket, HashPlace place,
                        uint32_t successor) {
  uint64_t chain = load_relaxed(&bucket->chain) + kChainLeft;
  if (place.previous == 0) {
    chain = (chain & ~uint64_t{UINT32_MAX}) | successor;
  } else {
    store_release(&hash_element(layout, map, place.previous)->next, successor);
  }
  store_release(&bucket->chain, chain);
  store_relaxed(&hash_element(layout, map, place.index)->hash, 0u);
}

// An element in nobody's hands, or 0.
inline uint32_t hash_take_free(const HashLayout& layout, MapShape shape, Map* map) {
  uint64_t top = load_acquire(&map->free_list);
  while (static_cast<uint32_t>(top) != 0) {
    const uint32_t index = static_cast<uint32_t>(top);
    if (index > layout.elements) {  // garbage from another process: have the list made anew
      store_relaxed(&map->leaked, 1u);
      return 0;
    }
    const uint64_t next = load_relaxed(&hash_element(layout, map, index)->next);
    const uint64_t after = ((top & ~uint64_t{UINT32_MAX}) + kChainLeft) | next;
    if (__atomic_compare_exchange_n(&map->free_list, &top, after, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      return index;
    }
  }
  uint32_t unused = load_relaxed(&map->watermark);
  while (unused < shape.max_entries) {
    if (__atomic_compare_exchange_n(&map->watermark, &unused, unused + 1, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
      return unused + 1;
    }
  }
  return 0;
}
inline void hash_give_free(const HashLayout& layout, Map* map, uint32_t index) {
  HashElement* const element = hash_element(layout, map, index);
  uint64_t top = load_relaxed(&map->free_list);
  uint64_t after = 0;
  do {
    store_relaxed(&element->next, static_cast<uint32_t>(top));
    after = ((top & ~uint64_t{UINT32_MAX}) + kChainLeft) | index;
  } while (!__atomic_compare_exchange_n(&map->free_list, &top, after, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED));
}

// A spare; the slot stays the taker's, who puts another element there. 0: none.
struct HashSpare {
  uint32_t index = 0;
  uint32_t slot = 0;
};
inline HashSpare hash_take_spare(const HashLayout& layout, Map* map, uint32_t cpu) {
  for (uint32_t i = 0; i < kSpareElements; ++i) {
    const uint32_t slot = (cpu + i) % kSpareElements;
    if (load_relaxed(&map->spares[slot]) == 0) continue;
    const uint32_t index = __atomic_exchange_n(&map->spares[slot], 0, __ATOMIC_ACQUIRE);
    if (index != 0 && index <= layout.elements) return {index, slot};
    if (index != 0) store_relaxed(&map->leaked, 1u);
  }
  return {};
}

// Fills an element that is in no bucket.
inline void hash_fill(const HashLayout& layout, MapShape shape, Map* map, uint32_t index,
                      const void* key, const void* value, uint32_t hash, uint32_t cpu) {
  HashElement* const element = hash_element(layout, map, index);
  if (is_per_cpu(shape.type)) {
    for (uint32_t other = 0; other < map->cpu_slots; ++other) {
      if (other == cpu) continue;
      zero_bytes(hash_value(layout, shape, map, element, index, other), value_stride(shape));
    }
  }
  uint8_t* const stored = hash_value(layout, shape, map, element, index, cpu);
  store_value(stored, value, shape.value_size, shape.spin_lock_offset);
  if (shape.spin_lock_offset != kNoSpinLock) {
    store_relaxed<Word32>(reinterpret_cast<Word32*>(stored + shape.spin_lock_offset), 0);
  }
  store_bytes(hash_key(layout, element), key, shape.key_size);
  store_release(&element->hash, hash);
}

// What an attempt to update ran out of; no errno.
inline constexpr int64_t kNoFreeElement = 1;
inline constexpr int64_t kNoSpareElement = 2;

inline int64_t hash_update_in(const HashLayout& layout, MapShape shape, Map* map,
                              HashBucket* bucket, const void* key, const void* value,
                              uint64_t flags, uint32_t hash, uint32_t cpu,
                              const MapSlowPaths* slow) {
  const HashPlace place = hash_place(layout, shape, map, bucket, key, hash);
  if (place.index != 0) {
    if (flags == BPF_NOEXIST) return -EEXIST;
    HashElement* const old = hash_element(layout, map, place.index);
    if (is_per_cpu(shape.type)) {
      store_bytes(hash_value(layout, shape, map, old, place.index, cpu), value, shape.value_size);
      if (is_lru(shape.type)) store_relaxed(&lru_mark(old)->used, 1u);
      return 0;
    }
    const HashSpare spare = hash_take_spare(layout, map, cpu);
    if (spare.index == 0) return kNoSpareElement;
    HashElement* const fresh = hash_element(layout, map, spare.index);
    store_relaxed(&fresh->next, load_relaxed(&old->next));
    if (is_lru(shape.type)) store_relaxed(&lru_mark(fresh)->used, 1u);
    hash_fill(layout, shape, map, spare.index, key, value, hash, cpu);
    hash_relink(layout, map, bucket, place, spare.index);
    store_release(&map->spares[spare.slot], place.index);
    return 0;
  }
  if (flags == BPF_EXIST) return -ENOENT;
  uint32_t index = hash_take_free(layout, shape, map);
  if (index == 0 && is_lru(shape.type)) {
    index = slow->evict(map, hash & (layout.buckets - 1), slow);
  }
  if (index == 0) return kNoFreeElement;
  HashElement* const fresh = hash_element(layout, map, index);
  const uint64_t chain = load_relaxed(&bucket->chain);
  store_relaxed(&fresh->next, static_cast<uint32_t>(chain));
  if (is_lru(shape.type)) store_relaxed(&lru_mark(fresh)->used, 0u);
  hash_fill(layout, shape, map, index, key, value, hash, cpu);
  store_release(&bucket->chain, (chain & ~uint64_t{UINT32_MAX}) | index);
  __atomic_fetch_add(&map->count, 1, __ATOMIC_RELAXED);
  return 0;
}

// Flags: BPF_ANY, BPF_NOEXIST, BPF_EXIST; BPF_F_LOCK in a plain hash with a bpf_spin_lock. A
// per-CPU map gets the value for `cpu`; in a new entry the other CPUs' are zero.
// -EEXIST, -ENOENT: as the flags say. -E2BIG: full (LRU maps make room; -ENOMEM if all victims are
// locked). -EINVAL: other flags. -EBUSY: see MapSlowPaths::wait_lock.
inline int64_t hash_update(MapShape shape, Map* map, const void* key, const void* value,
                           uint64_t flags, uint32_t cpu, const MapSlowPaths* slow) {
  const uint64_t allowed = is_lru(shape.type) || is_per_cpu(shape.type) ? 0 : uint64_t{BPF_F_LOCK};
  if (__builtin_expect((flags & ~allowed) > BPF_EXIST, false)) return -EINVAL;
  if (__builtin_expect((flags & BPF_F_LOCK) != 0, false)) {
    return slow->update_locked(map, key, value, flags, slow);
  }
  const HashLayout layout = hash_layout(shape);
  const uint32_t hash = key_hash(key, shape.key_size, map->seed);
  HashBucket* const bucket = hash_bucket(layout, map, hash);
  for (;;) {
    if (const int64_t busy = lock_word(map, &bucket->lock, slow); busy != 0) return busy;
    const int64_t result =
        hash_update_in(layout, shape, map, bucket, key, value, flags, hash, cpu, slow);
    unlock_word(&bucket->lock);
    if (__builtin_expect(result <= 0, true)) return result;
    const bool spare = result == kNoSpareElement;
    if (slow->reclaim(map, spare, slow) == 0) {
      return spare ? -EBUSY : is_lru(shape.type) ? -ENOMEM : -E2BIG;
    }
  }
}

// Deletes what hangs at `place`.
inline void hash_unlink(const HashLayout& layout, Map* map, HashBucket* bucket, HashPlace place) {
  __atomic_fetch_sub(&map->count, 1, __ATOMIC_RELAXED);
  const uint32_t next = load_relaxed(&hash_element(layout, map, place.index)->next);
  hash_relink(layout, map, bucket, place, next);
  hash_give_free(layout, map, place.index);
}

// 0, -ENOENT, or -EBUSY.
inline int64_t hash_delete(MapShape shape, Map* map, const void* key, const MapSlowPaths* slow) {
  const HashLayout layout = hash_layout(shape);
  const uint32_t hash = key_hash(key, shape.key_size, map->seed);
  HashBucket* const bucket = hash_bucket(layout, map, hash);
  if (const int64_t busy = lock_word(map, &bucket->lock, slow); busy != 0) return busy;
  const HashPlace place = hash_place(layout, shape, map, bucket, key, hash);
  if (place.index != 0) hash_unlink(layout, map, bucket, place);
  unlock_word(&bucket->lock);
  return place.index != 0 ? 0 : -ENOENT;
}

}  // namespace weir
