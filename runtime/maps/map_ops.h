// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations on a map of any kind: for the interpreter, for helpers that are not inlined, and
// for hosts. Results are those of the kernel: 0 or a negative errno, -kENotSupp (map_spec.h) if the
// kind has no such operation. Safe from any thread at any time.
//
// Sizes are the map's: keys of key_size, values of value_size bytes, any alignment. `cpu` says
// whose value of a per-CPU map is meant: below cpu_slots. Who owns a slot is the caller's business;
// two threads that use one at once see what two programs would that interrupt each other.
#pragma once

#include "runtime/maps/map_kind.h"

namespace weir {

// ---- For programs ----

// The value, in the map; null: there is none, or the kind gives none to programs. It stays
// readable and writable as long as the map lives, also when its entry is deleted.
void* map_lookup(Map* map, const void* key, uint32_t cpu);
// Of a per-CPU map, any CPU's. Null also if there is no such slot.
void* map_lookup_percpu(Map* map, const void* key, uint32_t cpu);
// `flags`: BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK.
int64_t map_update(Map* map, const void* key, const void* value, uint64_t flags, uint32_t cpu);
int64_t map_delete(Map* map, const void* key);
// Queue, stack, bloom filter (push adds, peek asks).
int64_t map_push(Map* map, const void* value, uint64_t flags);
int64_t map_pop(Map* map, void* value);
int64_t map_peek(Map* map, void* value);
// for_each_map_elem: the entry after the cursor. The key is copied, `value` is as map_lookup's.
// The entry that was given last may be deleted. False: that was all.
bool map_advance(Map* map, MapCursor& cursor, uint32_t cpu, void* key, void** value);

// ---- For hosts, as bpf(2) does it ----

// What a value takes in the host's buffers: per-CPU maps give all CPUs' values, each rounded up to
// 8 bytes.
uint64_t map_host_value_size(const Map* map);
// `key` null, or not in the map: the first one. -ENOENT: that was the last.
int64_t map_get_next_key(Map* map, const void* key, void* next);
// `flags`: 0 or BPF_F_LOCK. A bpf_spin_lock in the value reads as 0.
int64_t map_host_lookup(Map* map, const void* key, void* value, uint64_t flags);
int64_t map_host_update(Map* map, const void* key, const void* value, uint64_t flags);
int64_t map_host_delete(Map* map, const void* key);
int64_t map_host_lookup_and_delete(Map* map, const void* key, void* value, uint64_t flags);
// Up to `count` entries from the cursor on; `count` then says how many there were. -ENOENT: these
// (perhaps none) were the last. `erase`: and deletes them.
int64_t map_lookup_batch(Map* map, MapCursor& cursor, void* keys, void* values, uint32_t& count,
                         bool erase);
// One after the other; at the first that fails `count` says how many were done.
int64_t map_update_batch(Map* map, const void* keys, const void* values, uint32_t& count,
                         uint64_t flags);
int64_t map_delete_batch(Map* map, const void* keys, uint32_t& count);
// From now on the host cannot change the map, nor freeze it again (-EPERM); programs can.
int64_t map_freeze(Map* map);

}  // namespace weir
