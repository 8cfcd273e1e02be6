// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is in a program's maps, for people and as JSON.
#pragma once

#include "runtime/engine/map_set.h"
#include "tools/output.h"

namespace weir::tool {

// Keys and values, in order of the key; per-CPU values one after the other.
using MapEntries = std::vector<std::pair<std::vector<uint8_t>, std::vector<uint8_t>>>;
MapEntries map_entries(Map* map);
// True for arrays, hashes and tries of plain values.
bool lists_values(const Map* map);

// {"name": [["key", "value"], ...]}: keys and values as hex digits, in order of the key; per-CPU
// values one after the other. Kinds whose entries cannot be listed (queues, stacks) are left out.
Json maps_json(const MapSet& maps);
// "map protocols: 3 entries", then a line for each.
void print_maps(std::FILE* to, const MapSet& maps);

}  // namespace weir::tool
