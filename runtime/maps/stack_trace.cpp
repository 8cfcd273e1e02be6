// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// As many places as max_entries rounded up to a power of two; the low bits of a stack's hash say
// which is its place. What is written to a place is written under the map's lock.
#include "runtime/maps/stack_trace.h"

#include <linux/bpf.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "runtime/maps/key_hash.h"
#include "runtime/maps/lock.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"
#include "runtime/maps/words.h"

namespace weir {

namespace {

// The frames, in the map's value_size bytes, lie behind it.
struct Place {
  uint32_t frames;  // 0: empty; written last
  uint32_t hash;
};

uint64_t places(uint64_t max_entries) {
  return std::bit_ceil(max_entries);
}
Place* place_at(Map* map, uint32_t id) {
  const uint64_t stride = sizeof(Place) + map->value_size;
  return reinterpret_cast<Place*>(map_bytes(map) + kMapStorageOffset + id * stride);
}
uint8_t* frames_of(Place* place) {
  return reinterpret_cast<uint8_t*>(place + 1);
}
uint32_t frame_bytes(const Map* map) {
  return (map->flags & BPF_F_STACK_BUILD_ID) != 0 ? sizeof(bpf_stack_build_id) : sizeof(uint64_t);
}

// A frame as such a map has it. Which file an address is of, nobody here knows.
void write_frame(const Map* map, uint8_t* at, uint64_t address) {
  if ((map->flags & BPF_F_STACK_BUILD_ID) == 0) {
    std::memcpy(at, &address, sizeof address);
    return;
  }
  bpf_stack_build_id frame{};
  frame.status = BPF_STACK_BUILD_ID_IP;
  frame.ip = address;
  std::memcpy(at, &frame, sizeof frame);
}

uint32_t id_of(const void* key) {
  return read_plain32(static_cast<const uint8_t*>(key));
}

uint64_t storage_end(const MapSpec& spec) {
  return kMapStorageOffset + places(spec.max_entries) * (sizeof(Place) + spec.value_size);
}
int64_t update(Map*, const void*, const void*, uint64_t) {
  return -EINVAL;
}
int64_t erase(Map* map, const void* key) {
  const uint32_t id = id_of(key);
  if (id >= places(map->max_entries)) return -E2BIG;
  return __atomic_exchange_n(&place_at(map, id)->frames, 0, __ATOMIC_ACQ_REL) != 0 ? 0 : -ENOENT;
}
int64_t next_key(Map* map, const void* key, void* next) {
  uint64_t id = key == nullptr ? 0 : uint64_t{id_of(key)} + 1;
  if (key != nullptr &&
      (id > places(map->max_entries) || load_acquire(&place_at(map, id_of(key))->frames) == 0)) {
    id = 0;  // as the kernel: from the start where the key is none
  }
  for (; id < places(map->max_entries); ++id) {
    if (load_acquire(&place_at(map, static_cast<uint32_t>(id))->frames) == 0) continue;
    const auto found = static_cast<uint32_t>(id);
    std::memcpy(next, &found, sizeof found);
    return 0;
  }
  return -ENOENT;
}
int64_t host_lookup(Map* map, const void* key, void* value, uint64_t flags) {
  if (flags != 0) return -EINVAL;
  const uint32_t id = id_of(key);
  if (id >= places(map->max_entries)) return -ENOENT;
  if (const int64_t busy = lock_word(map, &map->lock, map_slow_paths()); busy != 0) return busy;
  Place* const place = place_at(map, id);
  const uint64_t used = uint64_t{load_acquire(&place->frames)} * frame_bytes(map);
  std::memset(value, 0, map->value_size);
  load_bytes(value, frames_of(place), std::min<uint64_t>(used, map->value_size));
  unlock_word(&map->lock);
  return used != 0 ? 0 : -ENOENT;
}
int64_t host_take(Map* map, const void* key, void* value, uint64_t flags) {
  if (const int64_t failed = host_lookup(map, key, value, flags); failed != 0) return failed;
  return erase(map, key);
}
bool advance(Map* map, MapCursor& cursor, uint32_t, void* key, void** value) {
  while (cursor.position < places(map->max_entries)) {
    const auto id = static_cast<uint32_t>(cursor.position++);
    Place* const place = place_at(map, id);
    if (load_acquire(&place->frames) == 0) continue;
    std::memcpy(key, &id, sizeof id);
    *value = frames_of(place);
    return true;
  }
  return false;
}

bool is_same(const Map* map, Place* place, std::span<const uint64_t> addresses) {
  if (load_acquire(&place->frames) != addresses.size()) return false;
  const uint8_t* at = frames_of(place);
  for (const uint64_t address : addresses) {
    uint8_t frame[sizeof(bpf_stack_build_id)];
    write_frame(map, frame, address);
    if (std::memcmp(at, frame, frame_bytes(map)) != 0) return false;
    at += frame_bytes(map);
  }
  return true;
}

}  // namespace

uint32_t stack_depth(const Map* map) {
  return map->value_size / frame_bytes(map);
}

int64_t store_stack(Map* map, std::span<const uint64_t> addresses, uint64_t flags) {
  addresses = addresses.first(std::min<size_t>(addresses.size(), stack_depth(map)));
  if (addresses.empty()) return -EFAULT;
  const uint64_t wide =
      key_hash64(addresses.data(), static_cast<uint32_t>(addresses.size_bytes()), map->seed);
  const auto hash = static_cast<uint32_t>(wide ^ wide >> 32);
  const auto id = static_cast<uint32_t>(hash & (places(map->max_entries) - 1));
  if (const int64_t busy = lock_word(map, &map->lock, map_slow_paths()); busy != 0) return busy;
  Place* const place = place_at(map, id);
  const bool used = load_acquire(&place->frames) != 0;
  int64_t result = id;
  const bool there = used && place->hash == hash &&
                     ((flags & BPF_F_FAST_STACK_CMP) != 0 || is_same(map, place, addresses));
  if (!there && used && (flags & BPF_F_REUSE_STACKID) == 0) {
    result = -EEXIST;
  } else if (!there) {
    store_release(&place->frames, 0u);
    store_relaxed(&place->hash, hash);
    uint8_t* at = frames_of(place);
    for (const uint64_t address : addresses) {
      write_frame(map, at, address);
      at += frame_bytes(map);
    }
    std::memset(at, 0, static_cast<size_t>(frames_of(place) + map->value_size - at));
    store_release(&place->frames, static_cast<uint32_t>(addresses.size()));
  }
  unlock_word(&map->lock);
  return result;
}

constinit const MapKind kStackTraceKind = {
    .type = BPF_MAP_TYPE_STACK_TRACE,
    .name = "stack_trace",
    .pinnable = true,
    .storage_end = storage_end,
    .span = no_span,
    .initialise = initialise_nothing,
    .lookup = nullptr,
    .update = nullptr,
    .erase = erase,
    .push = nullptr,
    .pop = nullptr,
    .peek = nullptr,
    .advance = advance,
    .next_key = next_key,
    .host_lookup = host_lookup,
    .host_update = update,
    .host_take = host_take,
};

}  // namespace weir
