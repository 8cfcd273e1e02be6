// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/map_output.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "tools/hex.h"

namespace weir::tool {

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

std::optional<Entries> entries_of(Map* map) {
  if (map->key_size == 0) return std::nullopt;
  Entries entries;
  for (const auto& [key, value] : map_entries(map))
    entries.emplace_back(to_hex(key), to_hex(value));
  return entries;
}

}  // namespace

bool lists_values(const Map* map) {
  switch (map->type) {
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_LPM_TRIE: return true;
    default: return false;
  }
}

MapEntries map_entries(Map* map) {
  MapEntries entries;
  if (map->key_size == 0) return entries;
  std::vector<uint8_t> key(map->key_size), next(map->key_size), value(map_host_value_size(map));
  const uint8_t* at = nullptr;
  while (map_get_next_key(map, at, next.data()) == 0) {
    key = next;
    at = key.data();
    if (map_host_lookup(map, at, value.data(), 0) == 0) entries.emplace_back(key, value);
  }
  std::ranges::sort(entries);
  return entries;
}

Json maps_json(const MapSet& maps) {
  Json out = Json::object();
  for (const MapHandle& handle : maps.handles()) {
    const auto entries = entries_of(handle.map());
    if (!entries) continue;
    Json list = Json::array();
    for (const auto& [key, value] : *entries) list.push_back({key, value});
    out[printable(handle.map()->name)] = std::move(list);
  }
  return out;
}

void print_maps(std::FILE* to, const MapSet& maps) {
  for (const MapHandle& handle : maps.handles()) {
    const auto entries = entries_of(handle.map());
    if (!entries) continue;
    fmt::print(to, "map       {}: {} entries\n", printable(handle.map()->name), entries->size());
    for (const auto& [key, value] : *entries) fmt::print(to, "            {} = {}\n", key, value);
  }
}

}  // namespace weir::tool
