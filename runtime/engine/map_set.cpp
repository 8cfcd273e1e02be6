// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/map_set.h"

#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"

namespace weir {

namespace {

bool holds(const ExecContext* context, uint64_t address, uint64_t size, bool write) {
  for (uint32_t i = 0; i < context->map_count; ++i) {
    const Map* map = context->maps[i];
    if (!map_holds(map, reinterpret_cast<const void*>(address), size)) continue;
    return !write || (map->flags & BPF_F_RDONLY_PROG) == 0;
  }
  return false;
}

}  // namespace

struct MapSet::Maps {
  std::vector<MapHandle> handles;
  std::vector<Map*> table;  // parallel
};

Result<MapSet> MapSet::create(std::span<const MapDef> definitions) {
  auto maps = std::make_shared<Maps>();
  for (const MapDef& definition : definitions) {
    WEIR_TRY(MapHandle map, create_map(map_spec(definition)));
    if (!definition.initial.empty()) {
      // Global data: the value of the only entry.
      const uint32_t key = 0;
      (void)map_host_update(map.map(), &key, definition.initial.data(), 0);
    }
    if (definition.read_only) (void)map_freeze(map.map());
    maps->table.push_back(map.map());
    maps->handles.push_back(std::move(map));
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

Map* MapSet::find(std::string_view name) const {
  for (const MapHandle& handle : handles()) {
    if (std::string_view(handle.map()->name) == name) return handle.map();
  }
  return nullptr;
}

}  // namespace weir
