// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a host can see of a queue or a stack beside the operations of every map (map_ops.h).
#pragma once

#include <vector>

#include "runtime/maps/map.h"

namespace weir {

struct QueuedValues {
  std::vector<uint8_t> bytes;  // value_size each, in the order in which they would be popped
  uint64_t count = 0;
  uint64_t pushed = 0;  // values that ever came, less those that a stack gave back
};

// All values, which stay. Takes the map's lock: the map must be writable. 0 or -EBUSY.
int64_t queue_values(Map* map, QueuedValues& out);

}  // namespace weir
