// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maps whose values name something outside: programs, devices, CPUs, sockets, control groups. The
// map keeps the number; the host gives it a meaning (which program a tail call enters, where a
// redirected packet goes). Entries may be absent, also in those that are arrays.
//
// Arrays: PROG_ARRAY, CGROUP_ARRAY, DEVMAP, CPUMAP, XSKMAP, SOCKMAP, REUSEPORT_SOCKARRAY.
// DEVMAP_HASH and SOCKHASH lie in memory as hash_map.h says. Values are 4 or 8 bytes and change in
// one piece. Freestanding (map.h).
#pragma once

#include "runtime/maps/hash_map.h"
#include "runtime/maps/map.h"
#include "runtime/maps/words.h"

namespace weir {

// An entry of an array of targets.
struct TargetSlot {
  uint64_t present;
  uint64_t value;
};

WEIR_MAP_INLINE TargetSlot* target_slot(Map* map, uint32_t index) {
  return reinterpret_cast<TargetSlot*>(map_bytes(map) + kMapStorageOffset) + index;
}

// The value, in the map, or null. For programs that may look (devmap, cpumap) it is read-only.
WEIR_MAP_INLINE void* target_lookup(MapShape shape, Map* map, const void* key) {
  if (is_hash(shape.type)) return hash_lookup(shape, map, key, 0);
  const uint32_t index = read_plain32(static_cast<const uint8_t*>(key));
  if (index >= shape.max_entries) return nullptr;
  TargetSlot* const slot = target_slot(map, index);
  return load_acquire(&slot->present) != 0 ? &slot->value : nullptr;
}

// What a tail call enters: the number the host stored for `index`. False: nothing.
WEIR_MAP_INLINE bool prog_array_get(MapShape shape, Map* map, uint64_t index, uint32_t* program) {
  if (index >= shape.max_entries) return false;
  TargetSlot* const slot = target_slot(map, static_cast<uint32_t>(index));
  if (load_acquire(&slot->present) == 0) return false;
  *program = static_cast<uint32_t>(load_relaxed(&slot->value));
  return true;
}

constexpr ValueSpan target_span(MapShape shape, uint32_t) {
  return {kMapStorageOffset + offsetof(TargetSlot, value), sizeof(TargetSlot), shape.max_entries,
          shape.value_size};
}

}  // namespace weir
