// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/map_set.h"

#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/pin.h"

namespace weir {

namespace {

// BPF_F_RDONLY_PROG; a devmap's entries are the host's too.
bool may_write(const Map* map) {
  return (map->flags & BPF_F_RDONLY_PROG) == 0 && map->type != BPF_MAP_TYPE_DEVMAP &&
         map->type != BPF_MAP_TYPE_DEVMAP_HASH;
}

bool gives_values(const Map* map) {
  return map->type != BPF_MAP_TYPE_PROG_ARRAY && map->type != BPF_MAP_TYPE_CGROUP_ARRAY &&
         map->type != BPF_MAP_TYPE_CPUMAP && map->type != BPF_MAP_TYPE_XSKMAP &&
         map->type != BPF_MAP_TYPE_SOCKMAP && map->type != BPF_MAP_TYPE_SOCKHASH;
}

// The bpf_spin_lock in a value is its helpers' alone: who could write it could keep others waiting.
bool touches_lock(const Map* map, const void* at, uint64_t size) {
  if (map->spin_lock_offset == kNoSpinLock) return false;
  const uint64_t within =
      (reinterpret_cast<uintptr_t>(at) - reinterpret_cast<uintptr_t>(map) - map->values_offset) %
      map->values_stride;
  return within < uint64_t{map->spin_lock_offset} + 4 && within + size > map->spin_lock_offset;
}

// Whether one of the maps in a map of maps holds the bytes. Rare: lookups in inner maps are proven.
bool inner_holds(Map* outer, const void* at, uint64_t size, bool write) {
  constexpr uint32_t kMostKey = 512;  // MAX_BPF_STACK
  if (outer->key_size > kMostKey) return false;
  std::array<uint8_t, kMostKey> key, next;
  const uint8_t* from = nullptr;
  for (uint64_t i = 0; i < 2 * uint64_t{outer->max_entries}; ++i) {
    if (map_get_next_key(outer, from, next.data()) != 0) return false;
    key = next;
    from = key.data();
    const Map* inner = map_of_maps_lookup(shape_of(outer), outer, key.data());
    if (inner == nullptr || !map_holds(inner, at, size)) continue;
    if (touches_lock(inner, at, size)) return false;
    return !write || may_write(inner);
  }
  return false;
}

bool holds(const ExecContext* context, uint64_t address, uint64_t size, bool write) {
  if (held_holds(*context, address, size, write)) return true;
  const auto* const at = reinterpret_cast<const void*>(address);
  for (uint32_t i = 0; i < context->map_count; ++i) {
    Map* const map = context->maps[i];
    if (map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS) {
      if (inner_holds(map, at, size, write)) return true;
      continue;
    }
    if (!gives_values(map) || !map_holds(map, at, size)) continue;
    if (touches_lock(map, at, size)) return false;
    return !write || may_write(map);
  }
  return false;
}

// What the analysis relied on: the shape, and of data that never changes the contents.
bool can_share(const MapDef& definition, Map* map) {
  if (std::string_view(map->name) != definition.name.substr(0, kMaxMapName)) return false;
  if (shape_of(map) != shape_of_spec(map_spec(definition))) return false;
  if (!definition.inner.empty()) return true;  // their shape is the outer map's to see to
  if (!definition.read_only) return true;
  const uint32_t key = 0;
  const void* const value = map_lookup(map, &key, 0);
  if (value == nullptr || map->frozen == 0) return false;
  if (definition.initial.empty()) {
    const auto* const bytes = static_cast<const uint8_t*>(value);
    return std::all_of(bytes, bytes + map->value_size, [](uint8_t b) { return b == 0; });
  }
  return std::memcmp(value, definition.initial.data(), definition.initial.size()) == 0;
}

// The maps that a map of maps holds from the start.
Status fill_outer(const MapDef& definition, const MapHandle& outer,
                  std::span<const MapHandle> handles) {
  for (const MapSlot& slot : definition.slots) {
    const auto inner = std::ranges::find_if(handles, [&](const MapHandle& handle) {
      return std::string_view(handle.map()->name) == slot.name;
    });
    const int64_t failed =
        inner == handles.end() ? -ENOENT : set_inner_map(outer, &slot.slot, *inner, BPF_ANY);
    if (failed == 0) continue;
    return Error(ErrorCode::kMapDefinition,
                 fmt::format("the map '{}' cannot hold the map '{}' at {} (error {})",
                             printable(definition.name), printable(slot.name), slot.slot, failed));
  }
  return {};
}

constexpr uint32_t kPinByName = 1;  // LIBBPF_PIN_BY_NAME

// Global data (its contents, or that it is not written, tells) belongs to one instance.
bool is_pinned(const MapDef& definition, const MapSetOptions& options) {
  if (options.pin_folder.empty()) return false;
  if (definition.pinning == kPinByName) return true;
  const bool global_data = definition.name.find('.') != std::string::npos;
  const MapKind* const kind = map_kind(definition.type);
  return options.pin_all && !global_data && kind != nullptr && kind->pinnable;
}

Result<MapHandle> make_map(const MapDef& definition, const MapSetOptions& options) {
  MapSpec spec = map_spec(definition);
  spec.cpu_slots = options.cpu_slots;
  if (!is_pinned(definition, options)) return create_map(spec);
  if (options.btf.size() <= kMaxMapBtfBytes)
    spec.btf.assign(options.btf.begin(), options.btf.end());
  return pin_map(options.pin_folder, definition.name, spec);
}

}  // namespace

struct MapSet::Maps {
  std::vector<MapHandle> handles;
  std::vector<Map*> table;  // parallel
};

Result<MapSet> MapSet::create(std::span<const MapDef> definitions, const MapSetOptions& options) {
  auto maps = std::make_shared<Maps>();
  std::vector<const MapDef*> fresh;
  for (const MapDef& definition : definitions) {
    const auto found = std::ranges::find_if(options.shared, [&](const MapHandle& handle) {
      return can_share(definition, handle.map());
    });
    if (found != options.shared.end() && !definition.name.empty()) {
      maps->table.push_back(found->map());
      maps->handles.push_back(*found);
      fresh.push_back(nullptr);
      continue;
    }
    fresh.push_back(&definition);
    WEIR_TRY(MapHandle map, make_map(definition, options));
    if (!definition.initial.empty()) {
      // Global data: the value of the only entry.
      const uint32_t key = 0;
      (void)map_host_update(map.map(), &key, definition.initial.data(), 0);
    }
    if (definition.read_only) (void)map_freeze(map.map());
    maps->table.push_back(map.map());
    maps->handles.push_back(std::move(map));
  }
  for (size_t i = 0; i < fresh.size(); ++i) {
    const uint32_t type = maps->table[i]->type;
    if (fresh[i] == nullptr ||
        (type != BPF_MAP_TYPE_ARRAY_OF_MAPS && type != BPF_MAP_TYPE_HASH_OF_MAPS))
      continue;
    WEIR_CHECK(fill_outer(*fresh[i], maps->handles[i], maps->handles));
  }
  MapSet set;
  set.maps_ = std::move(maps);
  return set;
}

void MapSet::attach(ExecContext& context) const {
  if (!maps_) return;
  context.maps = maps_->table.data();
  context.map_count = static_cast<uint32_t>(maps_->table.size());
  context.holds = &holds;
}

std::span<const MapHandle> MapSet::handles() const {
  return maps_ ? std::span<const MapHandle>(maps_->handles) : std::span<const MapHandle>();
}

std::span<Map* const> MapSet::table() const {
  return maps_ ? std::span<Map* const>(maps_->table) : std::span<Map* const>();
}

Map* MapSet::find(std::string_view name) const {
  for (const MapHandle& handle : handles()) {
    if (std::string_view(handle.map()->name) == name) return handle.map();
  }
  return nullptr;
}

}  // namespace weir
