// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/map_ops.h"

#include <cerrno>

#include "runtime/maps/map_spec.h"
#include "runtime/maps/words.h"

namespace weir {

namespace {

// The header's type was checked when the map was made or opened.
const MapKind& kind_of(const Map* map) {
  return *map_kind(map->type);
}

// BPF_F_RDONLY and BPF_F_WRONLY are about the host; the _PROG flags about programs.
bool host_may_read(const Map* map) {
  return (map->flags & BPF_F_WRONLY) == 0;
}
bool host_may_write(const Map* map) {
  return (map->flags & BPF_F_RDONLY) == 0 && load_relaxed(&map->frozen) == 0;
}
bool program_may_write(const Map* map) {
  return (map->flags & BPF_F_RDONLY_PROG) == 0;
}

}  // namespace

void* map_lookup(Map* map, const void* key, uint32_t cpu) {
  const auto lookup = kind_of(map).lookup;
  return lookup != nullptr ? lookup(map, key, cpu) : nullptr;
}

void* map_lookup_percpu(Map* map, const void* key, uint32_t cpu) {
  if (!is_per_cpu(map->type) || cpu >= map->cpu_slots) return nullptr;
  return map_lookup(map, key, cpu);
}

int64_t map_update(Map* map, const void* key, const void* value, uint64_t flags, uint32_t cpu) {
  const auto update = kind_of(map).update;
  if (update == nullptr) return -kENotSupp;
  return program_may_write(map) ? update(map, key, value, flags, cpu) : -EACCES;
}

int64_t map_delete(Map* map, const void* key) {
  const auto erase = kind_of(map).erase;
  if (erase == nullptr) return -kENotSupp;
  return program_may_write(map) ? erase(map, key) : -EACCES;
}

int64_t map_push(Map* map, const void* value, uint64_t flags) {
  const auto push = kind_of(map).push;
  if (push == nullptr) return -kENotSupp;
  return program_may_write(map) ? push(map, value, flags) : -EACCES;
}

int64_t map_pop(Map* map, void* value) {
  const auto pop = kind_of(map).pop;
  if (pop == nullptr) return -kENotSupp;
  return program_may_write(map) ? pop(map, value) : -EACCES;
}

int64_t map_peek(Map* map, void* value) {
  const auto peek = kind_of(map).peek;
  return peek != nullptr ? peek(map, value) : -kENotSupp;
}

bool map_advance(Map* map, MapCursor& cursor, uint32_t cpu, void* key, void** value) {
  const auto advance = kind_of(map).advance;
  return advance != nullptr && advance(map, cursor, cpu, key, value);
}

uint64_t map_host_value_size(const Map* map) {
  if (!is_per_cpu(map->type)) return map->value_size;
  return value_stride(shape_of(map)) * map->cpu_slots;
}

int64_t map_get_next_key(Map* map, const void* key, void* next) {
  const auto next_key = kind_of(map).next_key;
  if (!host_may_read(map)) return -EPERM;
  return next_key != nullptr ? next_key(map, key, next) : -kENotSupp;
}

int64_t map_host_lookup(Map* map, const void* key, void* value, uint64_t flags) {
  const auto lookup = kind_of(map).host_lookup;
  if (!host_may_read(map)) return -EPERM;
  return lookup != nullptr ? lookup(map, key, value, flags) : -kENotSupp;
}

int64_t map_host_update(Map* map, const void* key, const void* value, uint64_t flags) {
  const auto update = kind_of(map).host_update;
  if (!host_may_write(map)) return -EPERM;
  return update != nullptr ? update(map, key, value, flags) : -kENotSupp;
}

int64_t map_host_delete(Map* map, const void* key) {
  const auto erase = kind_of(map).erase;
  if (!host_may_write(map)) return -EPERM;
  return erase != nullptr ? erase(map, key) : -kENotSupp;
}

int64_t map_host_lookup_and_delete(Map* map, const void* key, void* value, uint64_t flags) {
  const auto take = kind_of(map).host_take;
  if (!host_may_read(map) || !host_may_write(map)) return -EPERM;
  return take != nullptr ? take(map, key, value, flags) : -kENotSupp;
}

int64_t map_lookup_batch(Map* map, MapCursor& cursor, void* keys, void* values, uint32_t& count,
                         bool erase) {
  const uint32_t wanted = count;
  count = 0;
  const MapKind& kind = kind_of(map);
  if (kind.advance == nullptr || (erase && kind.host_take == nullptr)) return -kENotSupp;
  if (!host_may_read(map) || (erase && !host_may_write(map))) return -EPERM;
  auto* key = static_cast<uint8_t*>(keys);
  auto* value = static_cast<uint8_t*>(values);
  while (count < wanted) {
    void* ignored = nullptr;
    if (!kind.advance(map, cursor, 0, key, &ignored)) return -ENOENT;
    const int64_t result =
        erase ? kind.host_take(map, key, value, 0) : kind.host_lookup(map, key, value, 0);
    if (result == -ENOENT) continue;  // deleted since
    if (result != 0) return result;
    key += map->key_size;
    value += map_host_value_size(map);
    ++count;
  }
  return 0;
}

int64_t map_update_batch(Map* map, const void* keys, const void* values, uint32_t& count,
                         uint64_t flags) {
  const uint32_t wanted = count;
  for (count = 0; count < wanted; ++count) {
    const int64_t result = map_host_update(
        map, static_cast<const uint8_t*>(keys) + uint64_t{count} * map->key_size,
        static_cast<const uint8_t*>(values) + count * map_host_value_size(map), flags);
    if (result != 0) return result;
  }
  return 0;
}

int64_t map_delete_batch(Map* map, const void* keys, uint32_t& count) {
  const uint32_t wanted = count;
  for (count = 0; count < wanted; ++count) {
    const int64_t result =
        map_host_delete(map, static_cast<const uint8_t*>(keys) + uint64_t{count} * map->key_size);
    if (result != 0) return result;
  }
  return 0;
}

int64_t map_freeze(Map* map) {
  uint32_t thawed = 0;
  return __atomic_compare_exchange_n(&map->frozen, &thawed, 1, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)
             ? 0
             : -EPERM;
}

}  // namespace weir
