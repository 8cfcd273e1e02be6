// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK: a ring of values under the map's lock. Map::head and
// Map::tail count the values that came and that left at the old end; a stack takes from the head
// again. A push that is killed midway has not happened.
//
// Kernel: kernel/bpf/queue_stack_maps.c.
#include "runtime/maps/queue_stack.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/maps/lock.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"

namespace weir {

namespace {

uint64_t storage_end(const MapSpec& spec) {
  return kMapStorageOffset + spec.max_entries * value_stride(shape_of_spec(spec));
}

uint8_t* slot(Map* map, uint64_t position) {
  return map_bytes(map) + kMapStorageOffset +
         position % map->max_entries * value_stride(shape_of(map));
}

// BPF_EXIST: the oldest value gives way if there is no room. -E2BIG: full. -EINVAL: other flags.
int64_t push(Map* map, const void* value, uint64_t flags) {
  if ((flags & BPF_NOEXIST) != 0 || flags > BPF_EXIST) return -EINVAL;
  if (const int64_t busy = lock_word(map, &map->lock, map_slow_paths()); busy != 0) return busy;
  int64_t result = 0;
  if (map->head - map->tail >= map->max_entries) {
    if (flags == BPF_EXIST) {
      store_relaxed(&map->tail, map->tail + 1);
    } else {
      result = -E2BIG;
    }
  }
  if (result == 0) {
    store_bytes(slot(map, map->head), value, map->value_size);
    store_release(&map->head, map->head + 1);
  }
  unlock_word(&map->lock);
  return result;
}

// -ENOENT, and zeros as the value: empty.
int64_t take(Map* map, void* value, bool newest, bool remove) {
  if (const int64_t busy = lock_word(map, &map->lock, map_slow_paths()); busy != 0) return busy;
  const bool empty = map->head == map->tail;
  if (empty) {
    std::memset(value, 0, map->value_size);
  } else {
    load_bytes(value, slot(map, newest ? map->head - 1 : map->tail), map->value_size);
    if (remove && newest) store_release(&map->head, map->head - 1);
    if (remove && !newest) store_release(&map->tail, map->tail + 1);
  }
  unlock_word(&map->lock);
  return empty ? -ENOENT : 0;
}

template <bool kNewest>
int64_t pop(Map* map, void* value) {
  return take(map, value, kNewest, true);
}
template <bool kNewest>
int64_t peek(Map* map, void* value) {
  return take(map, value, kNewest, false);
}
int64_t erase(Map*, const void*) {
  return -EINVAL;
}
int64_t next_key(Map*, const void*, void*) {
  return -EINVAL;
}
template <bool kNewest>
int64_t host_lookup(Map* map, const void*, void* value, uint64_t flags) {
  return flags != 0 ? -EINVAL : take(map, value, kNewest, false);
}
template <bool kNewest>
int64_t host_take(Map* map, const void*, void* value, uint64_t flags) {
  return flags != 0 ? -EINVAL : take(map, value, kNewest, true);
}
int64_t host_update(Map* map, const void*, const void* value, uint64_t flags) {
  return push(map, value, flags);
}

template <bool kNewest>
constexpr MapKind ring_kind(uint32_t type, const char* name) {
  return {
      .type = type,
      .name = name,
      .pinnable = true,
      .storage_end = storage_end,
      .span = no_span,
      .initialise = initialise_nothing,
      .lookup = nullptr,
      .update = nullptr,
      .erase = erase,
      .push = push,
      .pop = pop<kNewest>,
      .peek = peek<kNewest>,
      .advance = nullptr,
      .next_key = next_key,
      .host_lookup = host_lookup<kNewest>,
      .host_update = host_update,
      .host_take = host_take<kNewest>,
  };
}

}  // namespace

int64_t queue_values(Map* map, QueuedValues& out) {
  if (const int64_t busy = lock_word(map, &map->lock, map_slow_paths()); busy != 0) return busy;
  const uint64_t head = load_relaxed(&map->head), tail = load_relaxed(&map->tail);
  out.count = std::min<uint64_t>(head - tail, map->max_entries);
  out.pushed = head;
  out.bytes.resize(out.count * map->value_size);
  const bool newest_first = map->type == BPF_MAP_TYPE_STACK;
  for (uint64_t i = 0; i < out.count; ++i) {
    load_bytes(out.bytes.data() + i * map->value_size,
               slot(map, newest_first ? head - 1 - i : tail + i), map->value_size);
  }
  unlock_word(&map->lock);
  return 0;
}

constinit const MapKind kQueueKind = ring_kind<false>(BPF_MAP_TYPE_QUEUE, "queue");
constinit const MapKind kStackKind = ring_kind<true>(BPF_MAP_TYPE_STACK, "stack");

}  // namespace weir
