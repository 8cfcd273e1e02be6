// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// bpf_spin_lock: a lock word inside a value, for programs (the helpers spin_lock and spin_unlock)
// and for updates and lookups with BPF_F_LOCK. Freestanding (map.h).
//
// A program that ends without letting go (a trap) must be helped by whoever runs it; else every
// later taker waits a second and gets -EBUSY.
#pragma once

#include "runtime/maps/lock.h"

namespace weir {

// `value` is one of the map's; the map has a bpf_spin_lock. 0 or -EBUSY.
inline int64_t value_lock(MapShape shape, Map* map, void* value, const MapSlowPaths* slow) {
  auto* word = reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(value) + shape.spin_lock_offset);
  return lock_word(map, word, slow);
}
inline void value_unlock(MapShape shape, void* value) {
  unlock_word(reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(value) + shape.spin_lock_offset));
}

}  // namespace weir
