// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations that are inlined into programs, with shapes that are constants and with shapes
// that are not. Compiled by itself; the test (freestanding.py) looks at the object: it must refer
// to nothing outside, since inlined code has no symbols to resolve.
#include "runtime/maps/array_map.h"
#include "runtime/maps/hash_map.h"
#include "runtime/maps/lpm_trie.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/spin_lock.h"
#include "runtime/maps/target_map.h"

namespace weir {

constexpr MapShape kArray = {BPF_MAP_TYPE_ARRAY, 4, 8, 1000};
constexpr MapShape kBigArray = {BPF_MAP_TYPE_ARRAY, 4, 4000, 10};
constexpr MapShape kPerCpu = {BPF_MAP_TYPE_PERCPU_ARRAY, 4, 64, 10};
constexpr MapShape kHash = {BPF_MAP_TYPE_HASH, 4, 8, 1000};
constexpr MapShape kLongHash = {BPF_MAP_TYPE_HASH, 300, 5000, 1000};
constexpr MapShape kLru = {BPF_MAP_TYPE_LRU_PERCPU_HASH, 40, 24, 1000};
constexpr MapShape kTrie = {BPF_MAP_TYPE_LPM_TRIE, 20, 8, 1000, BPF_F_NO_PREALLOC};

#define WEIR_EXPORT extern "C" [[gnu::visibility("default")]]

WEIR_EXPORT void* lookup_array(Map* map, const void* key) {
  return array_lookup(kArray, map, key, 0);
}
WEIR_EXPORT void* lookup_per_cpu(Map* map, const void* key, uint32_t cpu) {
  return array_lookup(kPerCpu, map, key, cpu);
}
WEIR_EXPORT void* lookup_hash(Map* map, const void* key) {
  return hash_lookup(kHash, map, key, 0);
}
WEIR_EXPORT void* lookup_lru(Map* map, const void* key, uint32_t cpu) {
  return hash_lookup(kLru, map, key, cpu);
}
WEIR_EXPORT void* lookup_trie(Map* map, const void* key, void* (*locked)()) {
  return lpm_lookup(kTrie, map, key, locked);
}
WEIR_EXPORT int64_t update_array(Map* map, const void* key, const void* value, uint64_t flags,
                                 const MapSlowPaths* slow) {
  return array_update(kBigArray, map, key, value, flags, 0, slow);
}
WEIR_EXPORT int64_t update_hash(Map* map, const void* key, const void* value, uint64_t flags,
                                const MapSlowPaths* slow) {
  return hash_update(kHash, map, key, value, flags, 0, slow) +
         hash_update(kLongHash, map, key, value, flags, 0, slow);
}
WEIR_EXPORT int64_t update_lru(Map* map, const void* key, const void* value, uint64_t flags,
                               uint32_t cpu, const MapSlowPaths* slow) {
  return hash_update(kLru, map, key, value, flags, cpu, slow);
}
WEIR_EXPORT int64_t delete_hash(Map* map, const void* key, const MapSlowPaths* slow) {
  return hash_delete(kHash, map, key, slow);
}

WEIR_EXPORT void* lookup_any(MapShape shape, Map* map, const void* key, uint32_t cpu) {
  return is_hash(shape.type) ? hash_lookup(shape, map, key, cpu)
                             : array_lookup(shape, map, key, cpu);
}
WEIR_EXPORT void* lookup_any_trie(MapShape shape, Map* map, const void* key, void* (*locked)()) {
  return lpm_lookup(shape, map, key, locked);
}
WEIR_EXPORT int64_t update_any(MapShape shape, Map* map, const void* key, const void* value,
                               uint64_t flags, uint32_t cpu, const MapSlowPaths* slow) {
  return is_hash(shape.type) ? hash_update(shape, map, key, value, flags, cpu, slow)
                             : array_update(shape, map, key, value, flags, cpu, slow);
}
WEIR_EXPORT int64_t delete_any(MapShape shape, Map* map, const void* key,
                               const MapSlowPaths* slow) {
  return hash_delete(shape, map, key, slow);
}
WEIR_EXPORT void* lookup_target(MapShape shape, Map* map, const void* key) {
  return target_lookup(shape, map, key);
}
WEIR_EXPORT bool tail_call_target(MapShape shape, Map* map, uint64_t index, uint32_t* program) {
  return prog_array_get(shape, map, index, program);
}
WEIR_EXPORT Map* lookup_inner(MapShape shape, Map* map, const void* key) {
  return map_of_maps_lookup(shape, map, key);
}
WEIR_EXPORT int64_t lock_value(MapShape shape, Map* map, void* value, const MapSlowPaths* slow) {
  const int64_t result = value_lock(shape, map, value, slow);
  value_unlock(shape, value);
  return result;
}
WEIR_EXPORT bool holds(const Map* map, const void* address, uint64_t size) {
  return map_holds(map, address, size);
}

}  // namespace weir
