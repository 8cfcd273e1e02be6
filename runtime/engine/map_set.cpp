// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/map_set.h"

#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/pin.h"

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
  for (const MapDef& definition : definitions) {
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
