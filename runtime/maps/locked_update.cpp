// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Updates with BPF_F_LOCK: the value is written in place, under its bpf_spin_lock, so that whoever
// takes the lock too sees all of it or nothing. A new entry is published whole and needs no lock.
#include "runtime/maps/array_map.h"
#include "runtime/maps/hash_map.h"
#include "runtime/maps/slow_paths.h"
#include "runtime/maps/spin_lock.h"

namespace weir {

namespace {

int64_t write_locked(MapShape shape, Map* map, uint8_t* to, const void* value,
                     const MapSlowPaths* slow) {
  if (const int64_t busy = value_lock(shape, map, to, slow); busy != 0) return busy;
  store_value(to, value, shape.value_size, shape.spin_lock_offset);
  value_unlock(shape, to);
  return 0;
}

}  // namespace

int64_t update_locked(Map* map, const void* key, const void* value, uint64_t flags,
                      const MapSlowPaths* slow) {
  const MapShape shape = shape_of(map);
  if (shape.spin_lock_offset == kNoSpinLock) return -EINVAL;
  if (shape.type == BPF_MAP_TYPE_ARRAY) {
    // The caller has checked the flags and the index.
    return write_locked(shape, map, array_value(shape, map, array_index(key), 0), value, slow);
  }
  const HashLayout layout = hash_layout(shape);
  const uint32_t hash = key_hash(key, shape.key_size, map->seed);
  HashBucket* const bucket = hash_bucket(layout, map, hash);
  for (;;) {
    if (const int64_t busy = lock_word(map, &bucket->lock, slow); busy != 0) return busy;
    const HashPlace place = hash_place(layout, shape, map, bucket, key, hash);
    int64_t result = 0;
    if (place.index == 0) {
      result = hash_update_in(layout, shape, map, bucket, key, value, flags & ~BPF_F_LOCK, hash, 0,
                              slow);
    } else if ((flags & ~BPF_F_LOCK) == BPF_NOEXIST) {
      result = -EEXIST;
    } else {
      HashElement* const element = hash_element(layout, map, place.index);
      result = write_locked(shape, map, hash_value(layout, shape, map, element, place.index, 0),
                            value, slow);
    }
    unlock_word(&bucket->lock);
    if (result <= 0) return result;
    if (slow->reclaim(map, false, slow) == 0) return -E2BIG;
  }
}

}  // namespace weir
