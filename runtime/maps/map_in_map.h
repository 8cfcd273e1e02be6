// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_ARRAY_OF_MAPS and BPF_MAP_TYPE_HASH_OF_MAPS: their values are maps of this process,
// so they cannot be pinned. In memory they are an array or a hash whose values are 8 bytes, the
// Map* of the inner map or 0; what the user sees is a value_size of 4, as in the kernel.
//
// An inner map that was replaced or deleted may still be in use by a program that looked it up. The
// outer map keeps it until the host says that no program runs that looked before
// (release_retired_maps), or until the outer map is gone.
#pragma once

#include "runtime/maps/array_map.h"
#include "runtime/maps/hash_map.h"
#include "runtime/maps/map_handle.h"

namespace weir {

// Values of 4 and of 8 bytes take the same room, so both shapes have the same layout.
constexpr MapShape map_of_maps_shape(MapShape shape) {
  shape.value_size = sizeof(uint64_t);
  return shape;
}

// The inner map, or null. Freestanding (map.h).
WEIR_MAP_INLINE Map* map_of_maps_lookup(MapShape shape, Map* map, const void* key) {
  const MapShape stored = map_of_maps_shape(shape);
  const void* const value =
      is_hash(shape.type) ? hash_lookup(stored, map, key, 0) : array_lookup(stored, map, key, 0);
  if (value == nullptr) return nullptr;
  return reinterpret_cast<Map*>(load_acquire(static_cast<const Word64*>(value)));
}

// Puts `inner` under `key`. 0, or -EINVAL: not of the shape the outer map demands (MapSpec::inner;
// max_entries of arrays counts unless BPF_F_INNER_MAP is set), a map of maps itself, or bad flags;
// -E2BIG, -EEXIST, -ENOENT: as in an array or a hash.
int64_t set_inner_map(const MapHandle& outer, const void* key, const MapHandle& inner,
                      uint64_t flags);
int64_t delete_inner_map(const MapHandle& outer, const void* key);
// Empty if there is none.
MapHandle get_inner_map(const MapHandle& outer, const void* key);
// No program runs any more that ran before a map was replaced or deleted.
void release_retired_maps(const MapHandle& outer);

// What create_map() does for a map of maps.
void attach_inner_maps(const MapHandle& outer, const MapShape& inner);

}  // namespace weir
