// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What updates and deletes of targets give, type by type, is the kernel's: kernel/bpf/arraymap.c,
// devmap.c, cpumap.c, net/xdp/xskmap.c, net/core/sock_map.c. Whether the device, the socket or the
// program exists is the host's to check before it stores a number.
#include "runtime/maps/target_map.h"

#include <cstring>

#include "runtime/maps/hash_host.h"
#include "runtime/maps/host_values.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"

namespace weir {

namespace {

constexpr uint32_t kMaxCpuQueue = 16384;  // of a cpumap's entry

uint64_t storage_end(const MapSpec& spec) {
  return kMapStorageOffset + spec.max_entries * sizeof(TargetSlot);
}
void* lookup(Map* map, const void* key, uint32_t) {
  return target_lookup(shape_of(map), map, key);
}

uint64_t read_value(const Map* map, const void* value) {
  uint64_t word = 0;
  std::memcpy(&word, value, map->value_size);
  return word;
}
uint32_t index_of(const void* key) {
  return read_plain32(static_cast<const uint8_t*>(key));
}
void set(Map* map, uint32_t index, uint64_t value) {
  TargetSlot* const slot = target_slot(map, index);
  store_relaxed(&slot->value, value);
  store_release<uint64_t>(&slot->present, 1);
}
// True if there was one.
bool clear(Map* map, uint32_t index) {
  return __atomic_exchange_n(&target_slot(map, index)->present, 0, __ATOMIC_ACQ_REL) != 0;
}

int64_t update_fd_array(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags != BPF_ANY) return -EINVAL;
  if (index_of(key) >= map->max_entries) return -E2BIG;
  set(map, index_of(key), read_value(map, value));
  return 0;
}
int64_t erase_fd_array(Map* map, const void* key) {
  if (index_of(key) >= map->max_entries) return -E2BIG;
  return clear(map, index_of(key)) ? 0 : -ENOENT;
}

// Device index 0 takes the entry out.
int64_t update_devmap(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST) return -EINVAL;
  if (index_of(key) >= map->max_entries) return -E2BIG;
  if (flags == BPF_NOEXIST) return -EEXIST;
  const uint64_t target = read_value(map, value);
  if (static_cast<uint32_t>(target) != 0) {
    set(map, index_of(key), target);
    return 0;
  }
  if (static_cast<int32_t>(target >> 32) > 0) return -EINVAL;  // a program, but no device
  clear(map, index_of(key));
  return 0;
}
// A queue of size 0 takes the entry out.
int64_t update_cpumap(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST) return -EINVAL;
  if (index_of(key) >= map->max_entries) return -E2BIG;
  if (flags == BPF_NOEXIST) return -EEXIST;
  const uint64_t target = read_value(map, value);
  if (static_cast<uint32_t>(target) > kMaxCpuQueue) return -EOVERFLOW;
  if (index_of(key) >= possible_cpus()) return -ENODEV;
  if (static_cast<uint32_t>(target) != 0) {
    set(map, index_of(key), target);
  } else {
    clear(map, index_of(key));
  }
  return 0;
}
int64_t erase_slot(Map* map, const void* key) {
  if (index_of(key) >= map->max_entries) return -EINVAL;
  clear(map, index_of(key));
  return 0;
}

// Sockets: the flags are about the entry, as in a hash.
int64_t update_sockets(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST) return -EINVAL;
  const uint32_t index = index_of(key);
  if (index >= map->max_entries) return -E2BIG;
  if (const int64_t busy = lock_word(map, &map->lock, map_slow_paths()); busy != 0) return busy;
  const bool there = target_slot(map, index)->present != 0;
  int64_t result = 0;
  if (there && flags == BPF_NOEXIST) result = -EEXIST;
  if (!there && flags == BPF_EXIST) result = -ENOENT;
  if (result == 0) set(map, index, read_value(map, value));
  unlock_word(&map->lock);
  return result;
}
int64_t erase_sockmap(Map* map, const void* key) {
  if (index_of(key) >= map->max_entries) return -EINVAL;
  return clear(map, index_of(key)) ? 0 : -EINVAL;
}

int64_t update_hash(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST) return -EINVAL;
  return hash_update(shape_of(map), map, key, value, flags, 0, map_slow_paths());
}
// The kernel's devmap_hash does not ask whether the entry exists for BPF_EXIST.
int64_t update_devmap_hash(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST || static_cast<uint32_t>(read_value(map, value)) == 0) return -EINVAL;
  return update_hash(map, key, value, flags == BPF_EXIST ? uint64_t{BPF_ANY} : flags);
}

int64_t host_lookup(Map* map, const void* key, void* value, uint64_t flags) {
  if (flags != 0) return -EINVAL;
  const void* const at = lookup(map, key, 0);
  if (at == nullptr) return -ENOENT;
  load_bytes(value, at, map->value_size);
  return 0;
}

bool advance(Map* map, MapCursor& cursor, uint32_t, void* key, void** value) {
  while (cursor.position < map->max_entries) {
    const auto index = static_cast<uint32_t>(cursor.position++);
    std::memcpy(key, &index, sizeof index);
    *value = lookup(map, key, 0);
    if (*value != nullptr) return true;
  }
  return false;
}

using HostUpdate = int64_t (*)(Map*, const void*, const void*, uint64_t);
using Erase = int64_t (*)(Map*, const void*);

// `programs_look`: a program may look at values.
constexpr MapKind slots_kind(uint32_t type, const char* name, bool pinnable, HostUpdate update,
                             Erase erase, bool programs_look = false) {
  return {
      .type = type,
      .name = name,
      .pinnable = pinnable,
      .storage_end = storage_end,
      .span = target_span,
      .initialise = initialise_nothing,
      .lookup = programs_look ? lookup : nullptr,
      .update = nullptr,
      .erase = erase,
      .push = nullptr,
      .pop = nullptr,
      .peek = nullptr,
      .advance = advance,
      .next_key = array_next_key,
      .host_lookup = host_lookup,
      .host_update = update,
      .host_take = nullptr,
  };
}
constexpr MapKind hashed_kind(uint32_t type, const char* name, bool pinnable, HostUpdate update) {
  return {
      .type = type,
      .name = name,
      .pinnable = pinnable,
      .storage_end = hash_storage_end_of,
      .span = hash_span,
      .initialise = hash_initialise,
      .lookup = pinnable ? lookup : nullptr,
      .update = nullptr,
      .erase = hash_erase,
      .push = nullptr,
      .pop = nullptr,
      .peek = nullptr,
      .advance = hash_advance,
      .next_key = hash_next_key,
      .host_lookup = host_lookup,
      .host_update = update,
      .host_take = nullptr,
  };
}

}  // namespace

constinit const MapKind kProgArrayKind =
    slots_kind(BPF_MAP_TYPE_PROG_ARRAY, "prog_array", false, update_fd_array, erase_fd_array);
constinit const MapKind kCgroupArrayKind =
    slots_kind(BPF_MAP_TYPE_CGROUP_ARRAY, "cgroup_array", false, update_fd_array, erase_fd_array);
constinit const MapKind kDevmapKind =
    slots_kind(BPF_MAP_TYPE_DEVMAP, "devmap", true, update_devmap, erase_slot, true);
constinit const MapKind kCpumapKind =
    slots_kind(BPF_MAP_TYPE_CPUMAP, "cpumap", true, update_cpumap, erase_slot, true);
constinit const MapKind kXskmapKind =
    slots_kind(BPF_MAP_TYPE_XSKMAP, "xskmap", false, update_sockets, erase_slot);
constinit const MapKind kSockmapKind =
    slots_kind(BPF_MAP_TYPE_SOCKMAP, "sockmap", false, update_sockets, erase_sockmap);
constinit const MapKind kReuseportSockarrayKind = slots_kind(
    BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, "reuseport_sockarray", false, update_sockets, erase_fd_array);
constinit const MapKind kDevmapHashKind =
    hashed_kind(BPF_MAP_TYPE_DEVMAP_HASH, "devmap_hash", true, update_devmap_hash);
constinit const MapKind kSockhashKind =
    hashed_kind(BPF_MAP_TYPE_SOCKHASH, "sockhash", false, update_hash);

}  // namespace weir
