// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A map is one block of memory: this header, then the storage of its kind. The block is anonymous
// memory or a mapped file that other processes have open too (pin.h), so nothing in it is a
// pointer: links are indexes, places are offsets from the base. Compiled code, the interpreter and
// the host hold nothing but the base, a Map*.
//
// Whoever only reads takes no lock. Writers of hashes lock one bucket, writers of other kinds the
// map; each publishes with single stores in an order that leaves everything whole if the writer is
// killed between any two of them (lock.h says what happens then).
//
// This header, and those that say so, are a freestanding subset: no library calls, no allocation,
// atomic builtins only. They are compiled into the runtime and to LLVM bitcode that is inlined
// into programs; what is slow or rare is reached through MapSlowPaths.
#pragma once

#include "runtime/maps/map_shape.h"

namespace weir {

inline constexpr uint64_t kMapMagic = 0x0a50'414d'5249'4557;  // "WEIRMAP\n", little-endian
inline constexpr uint32_t kMapFormat = 1;                     // bumped when the layout changes

// Elements beyond max_entries. An update of an existing entry writes a spare, swaps it in and keeps
// the old one as the next spare, so readers see the old value or the new one, never a mixture, and
// an update succeeds in a full map. The kernel keeps one for each CPU.
inline constexpr uint32_t kSpareElements = 16;

inline constexpr size_t kMaxMapName = 63;

struct Map {
  // Line 0: constant; all that operations read of the header.
  uint64_t magic;
  uint32_t format;
  uint32_t type;  // BPF_MAP_TYPE_*
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t flags;
  uint64_t map_extra;
  uint64_t seed[2];  // of the hash function
  uint32_t cpu_slots;
  uint32_t spin_lock_offset;

  // Line 1: constant; for guards, hosts and files.
  uint64_t block_bytes;  // of the whole block as it is mapped
  uint64_t file_bytes;   // of a pinned map's file; a ring buffer's data is mapped twice
  uint64_t values_offset;
  uint64_t values_stride;
  uint64_t values_count;
  uint64_t btf_offset;  // of the BTF blob, from the base
  uint32_t btf_bytes;   // 0: none
  uint32_t key_type_id;
  uint32_t value_type_id;
  uint32_t shared;  // 1: mapped from a file, other processes may write

  // Line 2: constant for the process that has it anonymous, else of the creator.
  uint64_t pid_namespace;  // of those who may write: lock words hold process ids
  uint64_t buffer_bytes;   // of one CPU's buffer (perf event array)
  uint64_t reserved_line2[6];

  // Line 3: the map-wide lock and what it guards. Queue and stack: head and tail count elements.
  // LPM trie: `root`, `sequence`.
  alignas(64) uint32_t lock;
  uint32_t frozen;  // bpf(BPF_MAP_FREEZE): 1 = the host may not change it
  uint32_t root;
  uint32_t sequence;
  uint64_t head;
  uint64_t tail;
  uint32_t wakeups;  // futex word of those who wait for data
  uint32_t waiters;
  uint64_t reserved_line3[3];

  // Line 4: free elements. An index is one more than the element's number; 0 is none.
  alignas(64) uint64_t free_list;  // top index in the low half, a counter against ABA above
  uint32_t watermark;              // elements from here on were never used
  uint32_t count;                  // entries; never more than there are (hash_map.h)
  uint32_t clock_hand;             // LRU: where the search for a victim goes on
  uint32_t leaked;                 // 1: a writer died, elements may be in nobody's hands
  uint64_t reserved_line4[5];

  // Line 5: indexes of spare elements; 0 while one is in use.
  alignas(64) uint32_t spares[kSpareElements];

  char name[kMaxMapName + 1];
};
static_assert(offsetof(Map, magic) == 0);
static_assert(offsetof(Map, format) == 8);
static_assert(offsetof(Map, type) == 12);
static_assert(offsetof(Map, key_size) == 16);
static_assert(offsetof(Map, value_size) == 20);
static_assert(offsetof(Map, max_entries) == 24);
static_assert(offsetof(Map, flags) == 28);
static_assert(offsetof(Map, map_extra) == 32);
static_assert(offsetof(Map, seed) == 40);
static_assert(offsetof(Map, cpu_slots) == 56);
static_assert(offsetof(Map, spin_lock_offset) == 60);
static_assert(offsetof(Map, block_bytes) == 64);
static_assert(offsetof(Map, values_offset) == 80);
static_assert(offsetof(Map, values_stride) == 88);
static_assert(offsetof(Map, values_count) == 96);
static_assert(offsetof(Map, btf_offset) == 104);
static_assert(offsetof(Map, pid_namespace) == 128);
static_assert(offsetof(Map, lock) == 192);
static_assert(offsetof(Map, free_list) == 256);
static_assert(offsetof(Map, spares) == 320);
static_assert(offsetof(Map, name) == 384);
static_assert(sizeof(Map) == 448 && sizeof(Map) <= kMapStorageOffset);

// What the inlined operations call when it gets slow. One table a process; its address is handed to
// every operation that can block or reclaim, since inlined code has no symbols to resolve.
struct MapSlowPaths {
  // What this process puts into a lock word (lock.h).
  uint32_t owner;
  uint32_t reserved;
  // Waits for a lock word that somebody else holds. `word` lies in the map. 0: it is ours. -EBUSY:
  // its owner lives and did not let go for a second.
  int64_t (*wait_lock)(Map* map, uint32_t* word, const MapSlowPaths* slow);
  // No free element (`spare`: no spare) was left, and the caller has let go of its bucket. 1: try
  // again. 0: there is none.
  int64_t (*reclaim)(Map* map, bool spare, const MapSlowPaths* slow);
  // Unlinks the entry that was not used for longest and gives its index, for a caller who holds the
  // lock of `held_bucket`. 0: none can be had.
  uint32_t (*evict)(Map* map, uint32_t held_bucket, const MapSlowPaths* slow);
  // An update with BPF_F_LOCK.
  int64_t (*update_locked)(Map* map, const void* key, const void* value, uint64_t flags,
                           const MapSlowPaths* slow);
};

inline MapShape shape_of(const Map* map) {
  return {map->type,        map->key_size, map->value_size,
          map->max_entries, map->flags,    map->spin_lock_offset};
}

inline uint8_t* map_bytes(Map* map) {
  return reinterpret_cast<uint8_t*>(map);
}
inline const uint8_t* map_bytes(const Map* map) {
  return reinterpret_cast<const uint8_t*>(map);
}

// True if [address, address + size) lies inside one value of the map, any entry's and any CPU's:
// never in a key, a link or the header. For the checks of programs that are not trusted. An entry
// that is free at the moment counts: its memory is a value's as long as the map lives.
WEIR_MAP_INLINE bool span_holds(ValueSpan span, const Map* map, const void* address,
                                uint64_t size) {
  const uint64_t from = reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(map) -
                        span.offset;  // huge if the address is lower
  const uint64_t index = from / span.stride;
  const uint64_t within = from % span.stride;
  return index < span.count && size != 0 && size <= span.size && within <= span.size - size;
}
WEIR_MAP_INLINE bool map_holds(const Map* map, const void* address, uint64_t size) {
  return span_holds({map->values_offset, map->values_stride, map->values_count, map->value_size},
                    map, address, size);
}

}  // namespace weir
