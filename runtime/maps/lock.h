// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lock word of a bucket, of a map, or of a bpf_spin_lock: 0, or the owner. The owner is a
// process (owner.h makes the number from its id and start time), so that one who waits can see that
// the owner died, take the lock over, and make whole what it guards. Sections are a few dozen
// instructions, so waiting is a matter of nanoseconds unless the owner lost its CPU; letting go is
// a plain store, since those who wait look again by themselves. Freestanding (map.h).
#pragma once

#include "runtime/maps/map.h"
#include "runtime/maps/words.h"

namespace weir {

inline bool try_lock(uint32_t* word, const MapSlowPaths* slow) {
  uint32_t free = 0;
  return __atomic_compare_exchange_n(word, &free, slow->owner, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED);
}

// 0 or -EBUSY.
inline int64_t lock_word(Map* map, uint32_t* word, const MapSlowPaths* slow) {
  if (__builtin_expect(try_lock(word, slow), true)) return 0;
  return slow->wait_lock(map, word, slow);
}

inline void unlock_word(uint32_t* word) {
  store_release(word, 0u);
}

}  // namespace weir
