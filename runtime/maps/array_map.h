// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_ARRAY and BPF_MAP_TYPE_PERCPU_ARRAY: all entries exist from the start, zeroed, and
// cannot be deleted. A value is at a fixed distance from the map's base; per-CPU arrays repeat the
// whole array for each CPU (map_shape.h: per_cpu_stride). Updates write in place, word by word, as
// in the kernel: a reader may see a part of one. Freestanding (map.h).
//
// Kernel: kernel/bpf/arraymap.c.
#pragma once

#include <cerrno>

#include "runtime/maps/map.h"
#include "runtime/maps/words.h"

namespace weir {

WEIR_MAP_INLINE uint32_t array_index(const void* key) {
  return read_plain32(static_cast<const uint8_t*>(key));
}

// The value of entry `index`, which is below max_entries; of CPU `cpu` in a per-CPU array.
WEIR_MAP_INLINE uint8_t* array_value(MapShape shape, Map* map, uint32_t index, uint32_t cpu) {
  uint64_t offset = kMapStorageOffset + index * value_stride(shape);
  if (is_per_cpu(shape.type)) offset += cpu * per_cpu_stride(shape, shape.max_entries);
  return map_bytes(map) + offset;
}

// The value, or null if the index is out of range. `cpu` is below cpu_slots.
WEIR_MAP_INLINE void* array_lookup(MapShape shape, Map* map, const void* key, uint32_t cpu) {
  const uint32_t index = array_index(key);
  if (__builtin_expect(index >= shape.max_entries, false)) return nullptr;
  return array_value(shape, map, index, cpu);
}

// Flags: BPF_ANY, BPF_EXIST, and BPF_F_LOCK if the value has a bpf_spin_lock.
// -E2BIG: no such index. -EEXIST: BPF_NOEXIST, and every entry exists. -EINVAL: other flags.
inline int64_t array_update(MapShape shape, Map* map, const void* key, const void* value,
                            uint64_t flags, uint32_t cpu, const MapSlowPaths* slow) {
  const uint64_t allowed = is_per_cpu(shape.type) ? 0 : uint64_t{BPF_F_LOCK};
  if (__builtin_expect((flags & ~allowed) > BPF_EXIST, false)) return -EINVAL;
  const uint32_t index = array_index(key);
  if (__builtin_expect(index >= shape.max_entries, false)) return -E2BIG;
  if (__builtin_expect((flags & BPF_NOEXIST) != 0, false)) return -EEXIST;
  if (__builtin_expect((flags & BPF_F_LOCK) != 0, false)) {
    return slow->update_locked(map, key, value, flags, slow);
  }
  store_value(array_value(shape, map, index, cpu), value, shape.value_size, shape.spin_lock_offset);
  return 0;
}

inline int64_t array_delete() {
  return -EINVAL;
}

constexpr ValueSpan array_span(MapShape shape, uint32_t cpu_slots) {
  if (!is_per_cpu(shape.type)) {
    return {kMapStorageOffset, value_stride(shape), shape.max_entries, shape.value_size};
  }
  return {kMapStorageOffset, value_stride(shape), per_cpu_count(shape.max_entries) * cpu_slots,
          shape.value_size};
}

// From the map's base; the span of a per-CPU array counts the unused values at the end of each
// CPU's part as well.
constexpr uint64_t array_storage_end(MapShape shape, uint32_t cpu_slots) {
  const ValueSpan span = array_span(shape, cpu_slots);
  return span.offset + span.stride * span.count;
}

}  // namespace weir
