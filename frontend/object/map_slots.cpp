// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// There are three ways to say what a program array or a map of maps holds from the start:
//
//   BTF        `.values = { [2] = &inner_map }`: the section .maps has a relocation for each
//              pointer of the array, against the map or the program.
//   iproute2   A map says that its inner map is the one with number inner_id; a map with that
//              number says in inner_idx at which slot it starts (-1: at none). A program in section
//              "ID/SLOT" goes into the program array of that number.
//   kernel     (samples/bpf) inner_map_idx is the position of the inner map among the file's legacy
//              definitions; nothing is put into slots.
#include "frontend/object/map_slots.h"

#include <linux/bpf.h>

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "frontend/support/bytes.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

Error bad_map(const MapDef& map, std::string what) {
  return Error(ErrorCode::kMapDefinition,
               fmt::format("map '{}': {}", printable(map.name), std::move(what)));
}

bool holds_maps(const MapDef& map) {
  return map.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map.type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

class SlotFiller {
 public:
  SlotFiller(ObjectFile& object, const std::vector<MapLinks>& links)
      : object_(object), links_(links) {
    for (uint32_t i = 0; i < object.map_places.size(); ++i) {
      map_at_.try_emplace({object.map_places[i].section, object.map_places[i].offset}, i);
      if (links[i].id != 0) map_by_id_.try_emplace(links[i].id, i);
    }
  }

  Status fill() {
    for (uint32_t i = 0; i < object_.maps.size(); ++i) {
      WEIR_CHECK(find_inner(i));
      WEIR_CHECK(fill_from_values(i));
    }
    WEIR_CHECK(fill_outer_maps());
    WEIR_CHECK(fill_program_arrays());
    for (MapDef& map : object_.maps) WEIR_CHECK(finish(map));
    return {};
  }

 private:
  // Legacy definitions: the inner map's shape is that of another map.
  Status find_inner(uint32_t index) {
    MapDef& map = object_.maps[index];
    const MapLinks& links = links_[index];
    if (!holds_maps(map) || !map.inner.empty()) return {};
    std::optional<uint32_t> found;
    if (links.inner_id != 0) {
      const auto it = map_by_id_.find(links.inner_id);
      if (it == map_by_id_.end()) {
        return bad_map(map, fmt::format("inner_id is {}, but no map has that id", links.inner_id));
      }
      found = it->second;
    } else if (links.inner_position) {
      WEIR_TRY(found, legacy_map(map, index, *links.inner_position));
    }
    if (!found) return {};
    MapDef inner = object_.maps[*found];
    if (holds_maps(inner)) {
      return bad_map(
          map, fmt::format("the inner map '{}' is a map of maps itself", printable(inner.name)));
    }
    inner.name.clear();
    inner.pinning = 0;
    inner.slots.clear();
    map.inner.push_back(std::move(inner));
    return {};
  }

  // The map that inner_map_idx means, if any: a map of maps that has its zero left names nothing.
  Result<std::optional<uint32_t>> legacy_map(const MapDef& map, uint32_t index,
                                             uint32_t position) const {
    uint32_t left = position;
    for (uint32_t i = 0; i < object_.maps.size(); ++i) {
      if (object_.sections[object_.map_places[i].section].kind != SectionKind::kMaps) continue;
      if (left-- != 0) continue;
      if (position == 0 && (i == index || holds_maps(object_.maps[i]))) break;
      return std::optional<uint32_t>(i);
    }
    if (position == 0) return std::optional<uint32_t>();
    return bad_map(map, fmt::format("inner_map_idx is {}, but the file has no such map", position));
  }

  // `.values`: one relocation for each pointer.
  Status fill_from_values(uint32_t index) {
    const std::optional<uint32_t> values = links_[index].values_offset;
    if (!values) return {};
    MapDef& map = object_.maps[index];
    const ObjectFile::MapPlace& place = object_.map_places[index];
    const Section& section = object_.sections[place.section];
    // Up to the next map, or the section's end.
    const auto next = map_at_.upper_bound({place.section, place.offset});
    const uint64_t end = next != map_at_.end() && next->first.first == place.section
                             ? next->first.second
                             : section.size;
    const uint64_t start = place.offset + *values;
    auto it = std::ranges::lower_bound(section.relocations, start, {}, &Relocation::offset);
    for (; it != section.relocations.end() && it->offset < end; ++it) {
      const uint64_t in_values = it->offset - start;
      if (in_values % sizeof(uint64_t) != 0 || end - it->offset < sizeof(uint64_t)) {
        return bad_map(map, fmt::format("the relocation at {} of section '{}' is not at a pointer "
                                        "of 'values'",
                                        it->offset, printable(section.name)));
      }
      const uint64_t slot = in_values / sizeof(uint64_t);
      WEIR_TRY(const std::string name, target_of(map, section, *it));
      WEIR_CHECK(add_slot(map, static_cast<uint32_t>(slot), name));
    }
    return {};
  }

  // Names may be long and repeat: what they take together has a limit.
  Status add_slot(MapDef& map, uint32_t slot, const std::string& name) {
    slot_bytes_ += sizeof(MapSlot) + name.size();
    if (slot_bytes_ > kMaxNameBytesTotal) {
      return Error(
          ErrorCode::kLimit,
          fmt::format("the initial contents of maps take more than {} bytes", kMaxNameBytesTotal));
    }
    map.slots.push_back({slot, name});
    return {};
  }

  // The name of the map or program that a pointer in a definition goes to.
  Result<std::string> target_of(const MapDef& map, const Section& section,
                                const Relocation& relocation) const {
    const Symbol& symbol = object_.symbols[relocation.symbol];
    if (symbol.section < 0) {
      return bad_map(map, fmt::format("'values' holds '{}', which the file does not define",
                                      printable(symbol.name)));
    }
    // A static one is an offset from its section's symbol, in place.
    ByteReader addend(
        relocation.offset < section.bytes.size()
            ? ByteSpan(section.bytes)
                  .subspan(relocation.offset,
                           std::min<size_t>(8, section.bytes.size() - relocation.offset))
            : ByteSpan());
    const uint64_t place =
        symbol.value + (symbol.kind == SymbolKind::kSection ? addend.read<uint64_t>() : 0);
    const auto target = static_cast<uint32_t>(symbol.section);
    if (holds_maps(map)) {
      const auto found = map_at_.find({target, place});
      if (found == map_at_.end()) {
        return bad_map(map,
                       fmt::format("'values' holds '{}', which is no map", printable(symbol.name)));
      }
      return object_.maps[found->second].name;
    }
    const FunctionSymbol* function = object_.function_at(target, place);
    if (function == nullptr || function->offset != place || !function->entry) {
      return bad_map(map, fmt::format("'values' holds '{}', which is no program",
                                      printable(symbol.name)))
          .with_hint("put the function in a section that names its hook, e.g. SEC(\"xdp\")");
    }
    // Of several names of one function, that which was written.
    return symbol.kind == SymbolKind::kSection || symbol.name.empty() ? function->name
                                                                      : symbol.name;
  }

  // iproute2: maps that say into which slot of the map of their number they go.
  Status fill_outer_maps() {
    for (uint32_t outer = 0; outer < object_.maps.size(); ++outer) {
      if (links_[outer].inner_id == 0 || !holds_maps(object_.maps[outer])) continue;
      for (uint32_t i = 0; i < object_.maps.size(); ++i) {
        const MapLinks& links = links_[i];
        if (links.id != links_[outer].inner_id || links.inner_id != 0 ||
            links.inner_slot == UINT32_MAX) {
          continue;
        }
        WEIR_CHECK(add_slot(object_.maps[outer], links.inner_slot, object_.maps[i].name));
      }
    }
    return {};
  }

  // iproute2: programs in sections "ID/SLOT".
  Status fill_program_arrays() {
    if (map_by_id_.empty()) return {};
    for (const FunctionSymbol& function : object_.functions) {
      if (!function.entry) continue;
      const std::optional<std::pair<uint32_t, uint32_t>> place =
          section_place(object_.sections[function.section].name);
      if (!place) continue;
      const auto found = map_by_id_.find(place->first);
      if (found == map_by_id_.end()) continue;
      MapDef& map = object_.maps[found->second];
      if (map.type != BPF_MAP_TYPE_PROG_ARRAY) continue;
      WEIR_CHECK(add_slot(map, place->second, function.name));
    }
    return {};
  }

  // "2/17": decimal, or hexadecimal with 0x, as iproute2 reads it.
  static std::optional<std::pair<uint32_t, uint32_t>> section_place(std::string_view name) {
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto number = [](std::string_view text) -> std::optional<uint32_t> {
      const bool hex = text.starts_with("0x");
      if (hex) text.remove_prefix(2);
      uint32_t value = 0;
      const auto [end, status] =
          std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
      const bool whole = status == std::errc() && end == text.data() + text.size();
      return whole && !text.empty() ? std::optional(value) : std::nullopt;
    };
    const auto id = number(name.substr(0, slash));
    const auto slot = number(name.substr(slash + 1));
    if (!id || !slot) return std::nullopt;
    return std::pair(*id, *slot);
  }

  static Status finish(MapDef& map) {
    std::ranges::sort(map.slots, {}, &MapSlot::slot);
    for (size_t i = 0; i < map.slots.size(); ++i) {
      const MapSlot& slot = map.slots[i];
      if (i > 0 && slot.slot == map.slots[i - 1].slot) {
        return bad_map(map, fmt::format("slot {} is given twice, to '{}' and to '{}'", slot.slot,
                                        printable(map.slots[i - 1].name), printable(slot.name)));
      }
      // 0 entries: whoever makes the map decides.
      if (map.max_entries != 0 && slot.slot >= map.max_entries &&
          map.type != BPF_MAP_TYPE_HASH_OF_MAPS) {
        return bad_map(map, fmt::format("'{}' goes into slot {}, but the map has {} entries",
                                        printable(slot.name), slot.slot, map.max_entries));
      }
    }
    return {};
  }

  ObjectFile& object_;
  const std::vector<MapLinks>& links_;
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> map_at_;  // by section and offset
  std::map<uint32_t, uint32_t> map_by_id_;
  size_t slot_bytes_ = 0;
};

}  // namespace

Status resolve_map_links(ObjectFile& object, const std::vector<MapLinks>& links) {
  return SlotFiller(object, links).fill();
}

}  // namespace weir
