// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions behind MapSlowPaths (map.h): what the operations on maps do when it gets slow.
#pragma once

#include "runtime/maps/map.h"

namespace weir {

// The table of this process. Lives as long as the process; right in a child after fork(), too.
const MapSlowPaths* map_slow_paths();

// Whether the holder of a lock word of this map is gone for good.
bool lock_is_orphaned(const Map* map, uint32_t seen, const MapSlowPaths* slow);

// What stands in the table, one file a topic.
int64_t wait_lock(Map* map, uint32_t* word, const MapSlowPaths* slow);
int64_t reclaim_elements(Map* map, bool spare, const MapSlowPaths* slow);
uint32_t evict_element(Map* map, uint32_t held_bucket, const MapSlowPaths* slow);
int64_t update_locked(Map* map, const void* key, const void* value, uint64_t flags,
                      const MapSlowPaths* slow);

// Makes whole what a lock guarded whose owner died; the caller has taken the lock over.
void repair_bucket(Map* map, uint32_t* word);
void repair_lpm_trie(Map* map);

}  // namespace weir
