// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/array_map.h"

#include "runtime/maps/host_values.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"
#include "runtime/maps/spin_lock.h"

namespace weir {

int64_t array_next_key(Map* map, const void* key, void* next) {
  const uint32_t index = key == nullptr ? UINT32_MAX : array_index(key);
  if (index < map->max_entries && index == map->max_entries - 1) return -ENOENT;
  const uint32_t following = index >= map->max_entries ? 0 : index + 1;
  __builtin_memcpy(next, &following, sizeof following);
  return 0;
}

namespace {

uint64_t storage_end(const MapSpec& spec) {
  return array_storage_end(shape_of_spec(spec), spec.cpu_slots);
}
void* lookup(Map* map, const void* key, uint32_t cpu) {
  return array_lookup(shape_of(map), map, key, cpu);
}
int64_t update(Map* map, const void* key, const void* value, uint64_t flags, uint32_t cpu) {
  return array_update(shape_of(map), map, key, value, flags, cpu, map_slow_paths());
}
int64_t erase(Map*, const void*) {
  return array_delete();
}
bool advance(Map* map, MapCursor& cursor, uint32_t cpu, void* key, void** value) {
  if (cursor.position >= map->max_entries) return false;
  const auto index = static_cast<uint32_t>(cursor.position++);
  __builtin_memcpy(key, &index, sizeof index);
  *value = array_value(shape_of(map), map, index, cpu);
  return true;
}

int64_t host_lookup(Map* map, const void* key, void* value, uint64_t flags) {
  if (!lookup_flags_allowed(map, flags)) return -EINVAL;
  const MapShape shape = shape_of(map);
  void* const at = array_lookup(shape, map, key, 0);
  if (at == nullptr) return -ENOENT;
  return copy_value_out(shape, map, at, value, flags);
}

int64_t host_lookup_all(Map* map, const void* key, void* value, uint64_t flags) {
  if (flags != 0) return -EINVAL;
  const MapShape shape = shape_of(map);
  if (array_index(key) >= shape.max_entries) return -ENOENT;
  for (uint32_t cpu = 0; cpu < map->cpu_slots; ++cpu) {
    copy_cpu_value_out(shape, array_value(shape, map, array_index(key), cpu), value, cpu);
  }
  return 0;
}
int64_t host_update(Map* map, const void* key, const void* value, uint64_t flags) {
  if ((flags & BPF_F_LOCK) != 0 && map->spin_lock_offset == kNoSpinLock) return -EINVAL;
  return update(map, key, value, flags, 0);
}
int64_t host_update_all(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST) return -EINVAL;
  const MapShape shape = shape_of(map);
  if (array_index(key) >= shape.max_entries) return -E2BIG;
  if (flags == BPF_NOEXIST) return -EEXIST;
  for (uint32_t cpu = 0; cpu < map->cpu_slots; ++cpu) {
    store_bytes(array_value(shape, map, array_index(key), cpu),
                static_cast<const uint8_t*>(value) + cpu * value_stride(shape), shape.value_size);
  }
  return 0;
}

}  // namespace

constinit const MapKind kArrayKind = {
    .type = BPF_MAP_TYPE_ARRAY,
    .name = "array",
    .pinnable = true,
    .storage_end = storage_end,
    .span = array_span,
    .initialise = initialise_nothing,
    .lookup = lookup,
    .update = update,
    .erase = erase,
    .push = nullptr,
    .pop = nullptr,
    .peek = nullptr,
    .advance = advance,
    .next_key = array_next_key,
    .host_lookup = host_lookup,
    .host_update = host_update,
    .host_take = nullptr,
};

constinit const MapKind kPerCpuArrayKind = {
    .type = BPF_MAP_TYPE_PERCPU_ARRAY,
    .name = "percpu_array",
    .pinnable = true,
    .storage_end = storage_end,
    .span = array_span,
    .initialise = initialise_nothing,
    .lookup = lookup,
    .update = update,
    .erase = erase,
    .push = nullptr,
    .pop = nullptr,
    .peek = nullptr,
    .advance = advance,
    .next_key = array_next_key,
    .host_lookup = host_lookup_all,
    .host_update = host_update_all,
    .host_take = nullptr,
};

}  // namespace weir
