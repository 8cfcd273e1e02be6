// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/map_in_map.h"

#include <atomic>
#include <unordered_map>
#include <vector>

#include "runtime/maps/hash_host.h"
#include "runtime/maps/host_values.h"
#include "runtime/maps/map_block.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/slow_paths.h"

namespace weir {

namespace {

// The maps that an outer map keeps, beside its memory (MapBlock::attached).
struct InnerMaps {
  struct Kept {
    MapHandle handle;
    uint32_t entries = 0;  // that hold it
  };
  MapShape shape;
  std::unordered_map<Map*, Kept> kept;
  std::vector<MapHandle> retired;
};
using Attached = std::shared_ptr<InnerMaps>;

InnerMaps* inner_maps(const MapHandle& outer) {
  if (!outer) return nullptr;
  auto* attached = std::any_cast<Attached>(&outer.block().attached);
  return attached != nullptr ? attached->get() : nullptr;
}

bool fits(const MapShape& wanted, const Map* inner) {
  MapShape have = shape_of(inner);
  const bool any_size = wanted.type != BPF_MAP_TYPE_ARRAY || (wanted.flags & BPF_F_INNER_MAP) != 0;
  if (any_size) have.max_entries = wanted.max_entries;
  return have == wanted;
}

void let_go(InnerMaps& inners, Map* inner) {
  const auto at = inners.kept.find(inner);
  if (inner == nullptr || at == inners.kept.end() || --at->second.entries != 0) return;
  inners.retired.push_back(std::move(at->second.handle));
  inners.kept.erase(at);
}

uint64_t storage_end(const MapSpec& spec) {
  const MapShape stored = map_of_maps_shape(shape_of_spec(spec));
  return is_hash(spec.type) ? hash_storage_end(stored, spec.cpu_slots)
                            : array_storage_end(stored, spec.cpu_slots);
}
void initialise(Map* map) {
  if (is_hash(map->type)) hash_initialise(map);
}
void* lookup(Map* map, const void* key, uint32_t) {
  return map_of_maps_lookup(shape_of(map), map, key);
}

int64_t delete_entry(Map* map, const void* key) {
  const MapShape stored = map_of_maps_shape(shape_of(map));
  if (is_hash(stored.type)) return hash_delete(stored, map, key, map_slow_paths());
  void* const value = array_lookup(stored, map, key, 0);
  if (value == nullptr) return -E2BIG;
  return __atomic_exchange_n(static_cast<Word64*>(value), 0, __ATOMIC_ACQ_REL) != 0 ? 0 : -ENOENT;
}

int64_t next_key(Map* map, const void* key, void* next) {
  return is_hash(map->type) ? hash_next_key(map, key, next) : array_next_key(map, key, next);
}

constexpr MapKind outer_kind(uint32_t type, const char* name) {
  return {
      .type = type,
      .name = name,
      .pinnable = false,
      .storage_end = storage_end,
      .span = no_span,
      .initialise = initialise,
      .lookup = lookup,
      .update = nullptr,
      .erase = nullptr,
      .push = nullptr,
      .pop = nullptr,
      .peek = nullptr,
      .advance = nullptr,
      .next_key = next_key,
      .host_lookup = nullptr,
      .host_update = nullptr,
      .host_take = nullptr,
  };
}

}  // namespace

void attach_inner_maps(const MapHandle& outer, const MapShape& inner) {
  auto attached = std::make_shared<InnerMaps>();
  attached->shape = inner;
  outer.block().attached = std::move(attached);
}

int64_t set_inner_map(const MapHandle& outer, const void* key, const MapHandle& inner,
                      uint64_t flags) {
  InnerMaps* const inners = inner_maps(outer);
  if (inners == nullptr || !inner || inner_maps(inner) != nullptr) return -EINVAL;
  if (!fits(inners->shape, inner.map())) return -EINVAL;
  Map* const map = outer.map();
  const MapShape stored = map_of_maps_shape(shape_of(map));
  const std::lock_guard guard(outer.block().mutex);
  Map* const before = map_of_maps_lookup(shape_of(map), map, key);
  const uint64_t value = reinterpret_cast<uintptr_t>(inner.map());
  int64_t result = 0;
  if (is_hash(stored.type)) {
    if (flags > BPF_EXIST) return -EINVAL;
    // After what is in the inner map: who still reads the element that is used again sees its new
    // value without having seen that it was published.
    std::atomic_thread_fence(std::memory_order_release);
    result = hash_update(stored, map, key, &value, flags, 0, map_slow_paths());
  } else {
    if (flags != BPF_ANY) return -EINVAL;
    void* const slot = array_lookup(stored, map, key, 0);
    if (slot == nullptr) return -E2BIG;
    store_release<Word64>(static_cast<Word64*>(slot), value);  // after what is in the inner map
  }
  if (result != 0) return result;
  InnerMaps::Kept& kept = inners->kept[inner.map()];
  kept.handle = inner;
  ++kept.entries;
  let_go(*inners, before);
  return 0;
}

int64_t delete_inner_map(const MapHandle& outer, const void* key) {
  InnerMaps* const inners = inner_maps(outer);
  if (inners == nullptr) return -EINVAL;
  const std::lock_guard guard(outer.block().mutex);
  Map* const before = map_of_maps_lookup(shape_of(outer.map()), outer.map(), key);
  const int64_t result = delete_entry(outer.map(), key);
  if (result == 0) let_go(*inners, before);
  return result;
}

MapHandle get_inner_map(const MapHandle& outer, const void* key) {
  InnerMaps* const inners = inner_maps(outer);
  if (inners == nullptr) return {};
  const std::lock_guard guard(outer.block().mutex);
  Map* const inner = map_of_maps_lookup(shape_of(outer.map()), outer.map(), key);
  const auto at = inners->kept.find(inner);
  return at != inners->kept.end() ? at->second.handle : MapHandle();
}

void release_retired_maps(const MapHandle& outer) {
  InnerMaps* const inners = inner_maps(outer);
  if (inners == nullptr) return;
  std::vector<MapHandle> retired;
  const std::lock_guard guard(outer.block().mutex);
  retired.swap(inners->retired);
}

constinit const MapKind kArrayOfMapsKind = outer_kind(BPF_MAP_TYPE_ARRAY_OF_MAPS, "array_of_maps");
constinit const MapKind kHashOfMapsKind = outer_kind(BPF_MAP_TYPE_HASH_OF_MAPS, "hash_of_maps");

}  // namespace weir
