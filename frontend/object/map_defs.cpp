// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a BPF object says of its maps. There are two ways to say it.
//
// Legacy: a section "maps" (bcc: "maps/...") of structs, one for each symbol. Three structs are in
// use, which start alike, and the distance to the next symbol tells them apart:
//
//   16 bytes   type, key_size, value_size, max_entries        (before map flags)
//   20 to 32   ... map_flags; then inner_map_idx, numa_node   (kernel samples)
//   36 bytes   ... flags, id, pinning, inner_id, inner_idx    (iproute2's bpf_elf_map)
//
// The types of key and value are in BTF, if there: a struct "____btf_map_NAME" with members key and
// value (BPF_ANNOTATE_KV_PAIR).
//
// BTF: a section ".maps" with variables whose *type* is the definition (libbpf's bpf_helpers.h):
//
//   __uint(max_entries, 4)     is   int (*max_entries)[4]       a pointer to an array of 4
//   __type(key, __u32)         is   __u32 *key                  a pointer to the key's type
//   __array(values, struct t)  is   struct t *values[]          an array of pointers
//   __ulong(map_extra, 3)      is   enum { X = 3 } map_extra
//
// The variables are listed in the BTF data section ".maps". Clang leaves their offsets zero there,
// so the place of a map is taken from the ELF symbol of the same name, as libbpf does.
#include "frontend/object/map_defs.h"

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/object/function_table.h"
#include "frontend/object/map_slots.h"
#include "frontend/support/bytes.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

Error bad_map(std::string_view map, std::string what) {
  return Error(ErrorCode::kMapDefinition, fmt::format("map '{}': {}", printable(map), what));
}

// One map as its definition has it.
struct MapEntry {
  MapDef def;
  ObjectFile::MapPlace place;
  MapLinks links;
};

Status add_map(std::vector<MapEntry>& maps, MapEntry entry) {
  if (maps.size() == kMaxMaps) {
    return Error(ErrorCode::kLimit, fmt::format("the file has more than {} maps", kMaxMaps));
  }
  maps.push_back(std::move(entry));
  return {};
}

// Finds types of values, each once: thousands of maps may share one with thousands of members.
class ValueTypes {
 public:
  // `btf` may be null: then nothing is known.
  explicit ValueTypes(const Btf* btf) : btf_(btf) {
    if (btf == nullptr) return;
    for (uint32_t id = 1; id <= btf->type_count(); ++id) {
      const btf_type* type = btf->type(id);
      if (!btf_is_struct(type)) continue;
      const std::string_view name = btf->string(type->name_off);
      if (name.starts_with(kPairPrefix)) pairs_.try_emplace(name.substr(kPairPrefix.size()), type);
    }
  }

  // Takes the types of key and value into a definition whose sizes are known.
  void set(MapDef& def, uint32_t key_id, uint32_t value_id) {
    def.key_type_id = key_id;
    def.value_type_id = value_id;
    const std::optional<uint32_t> lock = spin_lock(value_id);
    constexpr uint32_t kSize = sizeof(bpf_spin_lock);
    // BTF may lie about the size.
    if (lock && def.value_size >= kSize && *lock <= def.value_size - kSize) {
      def.spin_lock_offset = lock;
    }
  }

  // BPF_ANNOTATE_KV_PAIR: the types of a legacy map's key and value, if they fit.
  void set_from_pair(MapDef& def) {
    const auto found = pairs_.find(def.name);
    if (found == pairs_.end() || btf_vlen(found->second) < 2) return;
    const btf_member* members = btf_members(found->second);
    if (btf_->string(members[0].name_off) != "key" ||
        btf_->string(members[1].name_off) != "value") {
      return;
    }
    const auto key = btf_->size_of(members[0].type);
    const auto value = btf_->size_of(members[1].type);
    if (!key || !value || *key != def.key_size || *value != def.value_size) return;
    set(def, members[0].type, members[1].type);
  }

 private:
  static constexpr std::string_view kPairPrefix = "____btf_map_";

  // Where in a value of this type its spin lock is: a member, as the kernel looks for it.
  std::optional<uint32_t> spin_lock(uint32_t type_id) {
    auto [it, added] = locks_.try_emplace(type_id);
    if (added) it->second = find_spin_lock(type_id);
    return it->second;
  }
  std::optional<uint32_t> find_spin_lock(uint32_t type_id) const {
    const auto id = btf_->skip_modifiers(type_id);
    const btf_type* type = id ? btf_->type(*id) : nullptr;
    if (type == nullptr || !btf_is_struct(type)) return std::nullopt;
    for (uint32_t i = 0; i < btf_vlen(type); ++i) {
      const auto member = btf_->skip_modifiers(btf_members(type)[i].type);
      const btf_type* lock = member ? btf_->type(*member) : nullptr;
      if (lock != nullptr && btf_is_struct(lock) &&
          btf_->string(lock->name_off) == "bpf_spin_lock") {
        return btf_member_bit_offset(type, i) / 8;
      }
    }
    return std::nullopt;
  }

  const Btf* btf_;
  std::unordered_map<std::string_view, const btf_type*> pairs_;  // by the map's name
  std::unordered_map<uint32_t, std::optional<uint32_t>> locks_;
};

// The symbols that are variables of a section that defines maps, by section, then offset. Made
// once: a file may have thousands of such sections and a million symbols.
using Variables = std::vector<const Symbol*>;

Variables find_variables(const ObjectFile& object) {
  Variables out;
  for (const Symbol& symbol : object.symbols) {
    if (symbol.section < 0 || symbol.name.empty() || is_local_label(symbol)) continue;
    if (symbol.kind != SymbolKind::kObject && symbol.kind != SymbolKind::kNone) continue;
    const SectionKind kind = object.sections[symbol.section].kind;
    if (kind == SectionKind::kMaps || kind == SectionKind::kBtfMaps) out.push_back(&symbol);
  }
  std::sort(out.begin(), out.end(), [](const Symbol* a, const Symbol* b) {
    return std::tuple(a->section, a->value, a) < std::tuple(b->section, b->value, b);
  });
  return out;
}

std::span<const Symbol* const> variables_of(const Variables& all, uint32_t section) {
  const auto wanted = static_cast<int32_t>(section);
  auto first = std::partition_point(all.begin(), all.end(),
                                    [&](const Symbol* s) { return s->section < wanted; });
  auto last =
      std::partition_point(first, all.end(), [&](const Symbol* s) { return s->section == wanted; });
  return {first, last};
}

// --- Legacy ---

constexpr uint64_t kShortestDef = 16;
constexpr uint64_t kElfMapSize = 36;  // iproute2's struct bpf_elf_map

Result<MapEntry> read_legacy_def(ByteSpan bytes, const std::string& name) {
  if (bytes.size() < kShortestDef) {
    return bad_map(name, fmt::format("the definition has {} bytes, but a struct bpf_map_def has at "
                                     "least {}",
                                     bytes.size(), kShortestDef));
  }
  ByteReader in(bytes);
  MapEntry entry;
  MapDef& def = entry.def;
  def.name = name;
  def.type = in.read<uint32_t>();
  def.key_size = in.read<uint32_t>();
  def.value_size = in.read<uint32_t>();
  def.max_entries = in.read<uint32_t>();
  def.flags = in.remaining() >= 4 ? in.read<uint32_t>() : 0;
  if (bytes.size() >= kElfMapSize) {
    entry.links.id = in.read<uint32_t>();
    def.pinning = in.read<uint32_t>() != 0 ? 1 : 0;  // LIBBPF_PIN_BY_NAME for each of its kinds
    entry.links.inner_id = in.read<uint32_t>();
    entry.links.inner_slot = in.read<uint32_t>();
    const ByteSpan rest = in.take(in.remaining());
    if (std::any_of(rest.begin(), rest.end(), [](uint8_t b) { return b != 0; })) {
      return bad_map(name,
                     fmt::format("the definition has {} bytes, and those after byte {} are not "
                                 "zero",
                                 bytes.size(), kElfMapSize))
          .with_hint("weir reads struct bpf_map_def and iproute2's struct bpf_elf_map");
    }
  } else {
    if (in.remaining() >= 4) entry.links.inner_position = in.read<uint32_t>();
    if (in.remaining() >= 4 && (def.flags & BPF_F_NUMA_NODE)) def.numa_node = in.read<uint32_t>();
  }
  if (def.type == BPF_MAP_TYPE_UNSPEC) return bad_map(name, "the type is 0, which is no map type");
  return entry;
}

Status read_legacy_section(const ObjectFile& object, uint32_t index, const Variables& all,
                           ValueTypes& types, std::vector<MapEntry>& maps) {
  const Section& section = object.sections[index];
  if (section.size == 0) return {};
  const auto own = variables_of(all, index);
  Variables variables;  // without aliases
  std::unique_copy(own.begin(), own.end(), std::back_inserter(variables),
                   [](const Symbol* a, const Symbol* b) { return a->value == b->value; });
  if (variables.empty()) {
    return Error(ErrorCode::kMapDefinition,
                 fmt::format("the section has {} bytes, but no symbol names a map in it",
                             section.size))
        .with_hint("maps are known by their symbols: do not strip the file");
  }
  for (size_t i = 0; i < variables.size(); ++i) {
    const Symbol& symbol = *variables[i];
    const uint64_t end = i + 1 < variables.size() ? variables[i + 1]->value : section.size;
    if (symbol.value > section.size || end > section.size || symbol.size > end - symbol.value) {
      return bad_map(symbol.name,
                     fmt::format("the definition at {} does not fit into the section of {} bytes",
                                 symbol.value, section.size));
    }
    const uint64_t size = symbol.size != 0 ? symbol.size : end - symbol.value;
    WEIR_TRY(MapEntry entry,
             read_legacy_def(ByteSpan(section.bytes).subspan(symbol.value, size), symbol.name));
    entry.place = {.section = index, .offset = symbol.value};
    types.set_from_pair(entry.def);
    WEIR_CHECK(add_map(maps, std::move(entry)));
  }
  return {};
}

// --- BTF ---

// One map's definition while it is read.
class BtfMapReader {
 public:
  BtfMapReader(const Btf& btf, ValueTypes& types, std::string name) : btf_(btf), types_(types) {
    def_.name = std::move(name);
  }

  // Reads a struct; `inner` if it is what `values` of a map of maps points to.
  Status read(uint32_t type_id, bool inner) {
    WEIR_TRY(const uint32_t id, btf_.skip_modifiers(type_id));
    const btf_type* type = btf_.type(id);
    if (type == nullptr || BTF_INFO_KIND(type->info) != BTF_KIND_STRUCT) {
      return bad("the definition is no struct");
    }
    const auto* members = reinterpret_cast<const struct btf_member*>(type + 1);
    const uint32_t count = BTF_INFO_VLEN(type->info);
    const bool bitfields = BTF_INFO_KFLAG(type->info);
    for (uint32_t i = 0; i < count; ++i) {
      const btf_member& member = members[i];
      const uint32_t bit =
          bitfields ? BTF_MEMBER_BIT_OFFSET(member.offset) : uint32_t{member.offset};
      WEIR_CHECK(read_member(btf_.string(member.name_off), member.type, bit / 8, inner));
    }
    if (def_.type == BPF_MAP_TYPE_UNSPEC) return bad("the field 'type' is missing");
    types_.set(def_, def_.key_type_id, def_.value_type_id);
    return {};
  }

  MapDef take_def() { return std::move(def_); }
  std::optional<uint32_t> values_offset() const { return values_offset_; }

 private:
  Error bad(std::string what) const { return bad_map(def_.name, std::move(what)); }

  Status read_member(std::string_view name, uint32_t type, uint32_t offset, bool inner) {
    if (name == "type") return read_uint(name, type, def_.type);
    if (name == "max_entries") return read_uint(name, type, def_.max_entries);
    if (name == "map_flags") return read_uint(name, type, def_.flags);
    if (name == "numa_node") return read_uint(name, type, def_.numa_node);
    if (name == "key_size") {
      uint32_t size = 0;
      WEIR_CHECK(read_uint(name, type, size));
      return set_size("key", def_.key_size, size);
    }
    if (name == "value_size") {
      uint32_t size = 0;
      WEIR_CHECK(read_uint(name, type, size));
      return set_size("value", def_.value_size, size);
    }
    if (name == "key") return read_type(name, type, def_.key_type_id, def_.key_size);
    if (name == "value") return read_type(name, type, def_.value_type_id, def_.value_size);
    if (name == "map_extra") return read_extra(type);
    // Any number: Cilium has its own beyond LIBBPF_PIN_BY_NAME. Who pins says what it knows.
    if (name == "pinning" && !inner) return read_uint(name, type, def_.pinning);
    if (name == "values" && !inner) return read_values(type, offset);
    return bad(fmt::format("unknown field '{}'{}", printable(name),
                           inner ? " in the definition of the inner map" : ""))
        .with_hint(
            "known are type, max_entries, map_flags, numa_node, key, key_size, value, value_size, "
            "map_extra, and (not for inner maps) pinning and values");
  }

  // The type a pointer points to, or nothing if it is none.
  Result<std::optional<uint32_t>> pointee(uint32_t type_id) const {
    WEIR_TRY(const uint32_t id, btf_.skip_modifiers(type_id));
    const btf_type* type = btf_.type(id);
    if (type == nullptr || BTF_INFO_KIND(type->info) != BTF_KIND_PTR) {
      return std::optional<uint32_t>();
    }
    return std::optional<uint32_t>(type->type);
  }

  // __uint(name, n): a pointer to an array of n.
  Status read_uint(std::string_view name, uint32_t type_id, uint32_t& out) const {
    WEIR_TRY(const std::optional<uint32_t> target, pointee(type_id));
    if (target) {
      WEIR_TRY(const uint32_t id, btf_.skip_modifiers(*target));
      const btf_type* array = btf_.type(id);
      if (array != nullptr && BTF_INFO_KIND(array->info) == BTF_KIND_ARRAY) {
        out = reinterpret_cast<const struct btf_array*>(array + 1)->nelems;
        return {};
      }
    }
    return bad(fmt::format("field '{}' is not written as __uint({}, number)", name, name));
  }

  // __type(name, T): a pointer to T.
  Status read_type(std::string_view name, uint32_t type_id, uint32_t& id, uint32_t& size) const {
    WEIR_TRY(const std::optional<uint32_t> target, pointee(type_id));
    if (!target) return bad(fmt::format("field '{}' is not written as __type({}, T)", name, name));
    auto found = btf_.size_of(*target);
    if (!found) return bad(fmt::format("field '{}': {}", name, found.error().message()));
    id = *target;
    return set_size(name, size, *found);
  }

  Status set_size(std::string_view what, uint32_t& size, uint32_t found) const {
    if (size != 0 && size != found) {
      return bad(fmt::format("{} and {}_size disagree: {} and {} bytes", what, what, size, found));
    }
    size = found;
    return {};
  }

  // __uint, or since libbpf 1.5 __ulong: an enum with one value.
  Status read_extra(uint32_t type_id) {
    WEIR_TRY(const uint32_t id, btf_.skip_modifiers(type_id));
    const btf_type* type = btf_.type(id);
    const uint32_t kind = type == nullptr ? 0 : BTF_INFO_KIND(type->info);
    if (kind == BTF_KIND_ENUM && BTF_INFO_VLEN(type->info) == 1) {
      def_.map_extra =
          static_cast<uint32_t>(reinterpret_cast<const struct btf_enum*>(type + 1)->val);
      return {};
    }
    if (kind == BTF_KIND_ENUM64 && BTF_INFO_VLEN(type->info) == 1) {
      const auto* words = reinterpret_cast<const uint32_t*>(type + 1);  // name, low, high
      def_.map_extra = uint64_t{words[2]} << 32 | words[1];
      return {};
    }
    uint32_t small = 0;
    WEIR_CHECK(read_uint("map_extra", type_id, small));
    def_.map_extra = small;
    return {};
  }

  // __array(values, T): pointers to inner maps, or to programs of a program array.
  Status read_values(uint32_t type_id, uint32_t offset) {
    WEIR_TRY(const uint32_t id, btf_.skip_modifiers(type_id));
    const btf_type* array = btf_.type(id);
    if (array == nullptr || BTF_INFO_KIND(array->info) != BTF_KIND_ARRAY) {
      return bad("field 'values' is not written as __array(values, T)");
    }
    WEIR_TRY(const std::optional<uint32_t> element,
             pointee(reinterpret_cast<const struct btf_array*>(array + 1)->type));
    if (!element) return bad("field 'values' is not an array of pointers");
    WEIR_TRY(const uint32_t element_id, btf_.skip_modifiers(*element));
    const btf_type* target = btf_.type(element_id);
    const uint32_t kind = target == nullptr ? 0 : BTF_INFO_KIND(target->info);
    if (kind == BTF_KIND_STRUCT) {
      BtfMapReader inner(btf_, types_, def_.name);
      WEIR_CHECK(inner.read(element_id, true));
      MapDef shape = inner.take_def();
      shape.name.clear();
      def_.inner.push_back(std::move(shape));
    } else if (kind != BTF_KIND_FUNC_PROTO) {
      return bad("field 'values' holds pointers to neither map definitions nor functions");
    }
    values_offset_ = offset;
    return set_size("value", def_.value_size, sizeof(uint32_t));  // an id or a descriptor
  }

  const Btf& btf_;
  ValueTypes& types_;
  MapDef def_;
  std::optional<uint32_t> values_offset_;
};

Status read_btf_section(const ObjectFile& object, uint32_t index, const Variables& all,
                        const Btf* btf, ValueTypes& types, std::vector<MapEntry>& maps) {
  const Section& section = object.sections[index];
  if (section.size == 0) return {};
  if (btf == nullptr) {
    return Error(ErrorCode::kMapDefinition,
                 "maps are defined here, but the file has no .BTF, which describes "
                 "them")
        .with_hint("compile with clang -g, and do not strip .BTF");
  }
  const std::optional<uint32_t> list = btf->find(BTF_KIND_DATASEC, ".maps");
  if (!list) {
    return Error(ErrorCode::kMapDefinition,
                 "maps are defined here, but BTF has no data section of that name")
        .with_hint("compile with clang -g, and do not strip .BTF");
  }
  std::unordered_map<std::string_view, uint64_t> places;
  for (const Symbol* symbol : variables_of(all, index)) {
    places.try_emplace(symbol->name, symbol->value);
  }

  const btf_type* datasec = btf->type(*list);
  const auto* items = reinterpret_cast<const struct btf_var_secinfo*>(datasec + 1);
  const auto first = static_cast<ptrdiff_t>(maps.size());
  for (uint32_t i = 0; i < BTF_INFO_VLEN(datasec->info); ++i) {
    const btf_type* variable = btf->type(items[i].type);
    if (variable == nullptr || BTF_INFO_KIND(variable->info) != BTF_KIND_VAR) {
      return Error(ErrorCode::kBtfMalformed,
                   fmt::format("item {} of the data section '.maps' is no variable", i))
          .in_section(".BTF");
    }
    const std::string name(btf->string(variable->name_off));
    const auto place = places.find(name);
    if (name.empty() || place == places.end()) {
      return bad_map(name, "BTF defines it, but section '.maps' has no symbol of that name");
    }
    BtfMapReader reader(*btf, types, name);
    WEIR_CHECK(reader.read(variable->type, false));
    WEIR_CHECK(add_map(maps, {.def = reader.take_def(),
                              .place = {.section = index, .offset = place->second},
                              .links = {.values_offset = reader.values_offset()}}));
  }
  // In the order of the section, which is the order of the source.
  std::stable_sort(maps.begin() + first, maps.end(), [](const MapEntry& a, const MapEntry& b) {
    return a.place.offset < b.place.offset;
  });
  return {};
}

}  // namespace

Status read_maps(ObjectFile& object, const Btf* btf) {
  const Variables variables = find_variables(object);
  ValueTypes types(btf);
  std::vector<MapEntry> maps;
  bool seen = false;
  for (uint32_t i = 0; i < object.sections.size(); ++i) {
    const Section& section = object.sections[i];
    if (section.kind == SectionKind::kMaps) {
      if (auto status = read_legacy_section(object, i, variables, types, maps); !status) {
        return status.take_error().in_section(section.name);
      }
    } else if (section.kind == SectionKind::kBtfMaps) {
      if (seen) {
        return Error(ErrorCode::kElfMalformed, "two sections are named '.maps'")
            .in_section(".maps");
      }
      seen = true;
      if (auto status = read_btf_section(object, i, variables, btf, types, maps); !status) {
        return status.take_error().in_section(section.name);
      }
    }
  }
  std::vector<MapLinks> links;
  for (MapEntry& entry : maps) {
    object.maps.push_back(std::move(entry.def));
    object.map_places.push_back(entry.place);
    links.push_back(entry.links);
  }
  return resolve_map_links(object, links);
}

}  // namespace weir
