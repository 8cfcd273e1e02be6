// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/hash_map.h"

#include "runtime/maps/hash_host.h"
#include "runtime/maps/host_values.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"

namespace weir {

void hash_initialise(Map* map) {
  for (uint32_t i = 0; i < kSpareElements; ++i) map->spares[i] = map->max_entries + i + 1;
}

uint64_t hash_storage_end_of(const MapSpec& spec) {
  return hash_storage_end(shape_of_spec(spec), spec.cpu_slots);
}

bool hash_advance(Map* map, MapCursor& cursor, uint32_t cpu, void* key, void** value) {
  const MapShape shape = shape_of(map);
  const HashLayout layout = hash_layout(shape);
  // `next` was read before the entry in front of it was handed out, so that this one may be
  // deleted. If the one to come was deleted too, or is elsewhere by now, its bucket ends here: as
  // in the kernel, who changes a map while he walks it may miss entries.
  while (cursor.position <= layout.buckets) {
    if (cursor.next == 0) {
      if (cursor.position == layout.buckets) return false;
      cursor.next = static_cast<uint32_t>(
          load_acquire(&hash_bucket(layout, map, static_cast<uint32_t>(cursor.position))->chain));
      ++cursor.position;
      continue;
    }
    if (cursor.next > layout.elements) return false;  // garbage from another process
    HashElement* const element = hash_element(layout, map, cursor.next);
    const uint32_t index = cursor.next;
    const uint32_t hash = load_acquire(&element->hash);
    cursor.next = load_acquire(&element->next);
    if (hash == 0 || (hash & (layout.buckets - 1)) != cursor.position - 1) {
      cursor.next = 0;
      continue;
    }
    load_bytes(key, hash_key(layout, element), shape.key_size);
    *value = hash_value(layout, shape, map, element, index, cpu);
    return true;
  }
  return false;
}

int64_t hash_next_key(Map* map, const void* key, void* next) {
  const MapShape shape = shape_of(map);
  const HashLayout layout = hash_layout(shape);
  MapCursor cursor;
  void* value = nullptr;
  if (key != nullptr) {
    const uint32_t hash = key_hash(key, shape.key_size, map->seed);
    const uint32_t index = hash_find(layout, shape, map, key, hash);
    if (index != 0) {
      cursor.position = (hash & (layout.buckets - 1)) + 1;
      cursor.next = load_acquire(&hash_element(layout, map, index)->next);
    }
  }
  return hash_advance(map, cursor, 0, next, &value) ? 0 : -ENOENT;
}

int64_t hash_erase(Map* map, const void* key) {
  return hash_delete(shape_of(map), map, key, map_slow_paths());
}

namespace {

void* lookup(Map* map, const void* key, uint32_t cpu) {
  return hash_lookup(shape_of(map), map, key, cpu);
}
int64_t update(Map* map, const void* key, const void* value, uint64_t flags, uint32_t cpu) {
  return hash_update(shape_of(map), map, key, value, flags, cpu, map_slow_paths());
}

int64_t host_lookup(Map* map, const void* key, void* value, uint64_t flags) {
  if (!lookup_flags_allowed(map, flags)) return -EINVAL;
  const MapShape shape = shape_of(map);
  void* const at = hash_lookup(shape, map, key, 0, false);
  if (at == nullptr) return -ENOENT;
  return copy_value_out(shape, map, at, value, flags);
}
int64_t host_update(Map* map, const void* key, const void* value, uint64_t flags) {
  if ((flags & BPF_F_LOCK) != 0 && map->spin_lock_offset == kNoSpinLock) return -EINVAL;
  return update(map, key, value, flags, 0);
}

int64_t host_lookup_all(Map* map, const void* key, void* value, uint64_t flags) {
  if (flags != 0) return -EINVAL;
  const MapShape shape = shape_of(map);
  const HashLayout layout = hash_layout(shape);
  const uint32_t hash = key_hash(key, shape.key_size, map->seed);
  const uint32_t index = hash_find(layout, shape, map, key, hash);
  if (index == 0) return -ENOENT;
  HashElement* const element = hash_element(layout, map, index);
  for (uint32_t cpu = 0; cpu < map->cpu_slots; ++cpu) {
    copy_cpu_value_out(shape, hash_value(layout, shape, map, element, index, cpu), value, cpu);
  }
  return 0;
}

// All CPUs' values under one lock of the bucket.
int64_t host_update_all(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST) return -EINVAL;
  const MapSlowPaths* slow = map_slow_paths();
  const MapShape shape = shape_of(map);
  const HashLayout layout = hash_layout(shape);
  const uint32_t hash = key_hash(key, shape.key_size, map->seed);
  HashBucket* const bucket = hash_bucket(layout, map, hash);
  for (;;) {
    if (const int64_t busy = lock_word(map, &bucket->lock, slow); busy != 0) return busy;
    const int64_t result =
        hash_update_in(layout, shape, map, bucket, key, value, flags, hash, 0, slow);
    if (result == 0) {
      const uint32_t index = hash_place(layout, shape, map, bucket, key, hash).index;
      HashElement* const element = hash_element(layout, map, index);
      for (uint32_t cpu = 1; index != 0 && cpu < map->cpu_slots; ++cpu) {
        store_bytes(hash_value(layout, shape, map, element, index, cpu),
                    static_cast<const uint8_t*>(value) + cpu * value_stride(shape),
                    shape.value_size);
      }
    }
    unlock_word(&bucket->lock);
    if (result <= 0) return result;
    if (slow->reclaim(map, false, slow) == 0) return is_lru(shape.type) ? -ENOMEM : -E2BIG;
  }
}

// Looks up and deletes as one step.
int64_t host_take(Map* map, const void* key, void* value, uint64_t flags) {
  const MapShape shape = shape_of(map);
  if (is_per_cpu(shape.type) ? flags != 0 : !lookup_flags_allowed(map, flags)) return -EINVAL;
  const HashLayout layout = hash_layout(shape);
  const uint32_t hash = key_hash(key, shape.key_size, map->seed);
  HashBucket* const bucket = hash_bucket(layout, map, hash);
  if (const int64_t busy = lock_word(map, &bucket->lock, map_slow_paths()); busy != 0) return busy;
  const HashPlace place = hash_place(layout, shape, map, bucket, key, hash);
  int64_t result = place.index == 0 ? -ENOENT : 0;
  if (result == 0) {
    HashElement* const element = hash_element(layout, map, place.index);
    if (is_per_cpu(shape.type)) {
      for (uint32_t cpu = 0; cpu < map->cpu_slots; ++cpu) {
        copy_cpu_value_out(shape, hash_value(layout, shape, map, element, place.index, cpu), value,
                           cpu);
      }
    } else {
      result = copy_value_out(shape, map, hash_value(layout, shape, map, element, place.index, 0),
                              value, flags);
    }
    if (result == 0) hash_unlink(layout, map, bucket, place);
  }
  unlock_word(&bucket->lock);
  return result;
}

constexpr MapKind hash_kind(uint32_t type, const char* name) {
  return {
      .type = type,
      .name = name,
      .pinnable = true,
      .storage_end = hash_storage_end_of,
      .span = hash_span,
      .initialise = hash_initialise,
      .lookup = lookup,
      .update = update,
      .erase = hash_erase,
      .push = nullptr,
      .pop = nullptr,
      .peek = nullptr,
      .advance = hash_advance,
      .next_key = hash_next_key,
      .host_lookup = is_per_cpu(type) ? host_lookup_all : host_lookup,
      .host_update = is_per_cpu(type) ? host_update_all : host_update,
      .host_take = host_take,
  };
}

}  // namespace

constinit const MapKind kHashKind = hash_kind(BPF_MAP_TYPE_HASH, "hash");
constinit const MapKind kPerCpuHashKind = hash_kind(BPF_MAP_TYPE_PERCPU_HASH, "percpu_hash");
constinit const MapKind kLruHashKind = hash_kind(BPF_MAP_TYPE_LRU_HASH, "lru_hash");
constinit const MapKind kLruPerCpuHashKind =
    hash_kind(BPF_MAP_TYPE_LRU_PERCPU_HASH, "lru_percpu_hash");

}  // namespace weir
