// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sleeping until another thread or process has put something into a map.
#pragma once

#include "runtime/maps/map.h"

namespace weir {

// Counts up Map::wakeups and wakes whoever sleeps on it.
void wake_waiters(Map* map);
// Sleeps until Map::wakeups is no longer `seen`, or `timeout` milliseconds (-1: no limit) are over.
void wait_for_wakeup(Map* map, uint32_t seen, int timeout);

}  // namespace weir
