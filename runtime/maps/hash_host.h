// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of MapKind that every hash-like kind shares (hash_map.cpp).
#pragma once

#include "runtime/maps/map_kind.h"

namespace weir {

uint64_t hash_storage_end_of(const MapSpec& spec);
void hash_initialise(Map* map);
int64_t hash_erase(Map* map, const void* key);
bool hash_advance(Map* map, MapCursor& cursor, uint32_t cpu, void* key, void** value);
int64_t hash_next_key(Map* map, const void* key, void* next);

}  // namespace weir
