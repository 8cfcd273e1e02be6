// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What maps hold from the start, and what the maps in a map look like. Internal to frontend/object;
// the ways to say it are in map_slots.cpp.
#pragma once

#include <optional>
#include <vector>

#include "frontend/object/object_file.h"

namespace weir {

// What one map's definition says of other maps and of programs, until all of them are known.
struct MapLinks {
  // BTF: where in the definition the array of pointers to inner maps or programs starts.
  std::optional<uint32_t> values_offset;
  // Kernel samples: the position of the inner map among the file's legacy definitions.
  std::optional<uint32_t> inner_position;
  // iproute2: this map's number (0: none), that of its inner map, and the slot of the outer map
  // that this map goes into.
  uint32_t id = 0;
  uint32_t inner_id = 0;
  uint32_t inner_slot = UINT32_MAX;
};

// Fills in MapDef::slots, and MapDef::inner where the definition has no shape of its own. `links`
// is parallel to object.maps.
Status resolve_map_links(ObjectFile& object, const std::vector<MapLinks>& links);

}  // namespace weir
