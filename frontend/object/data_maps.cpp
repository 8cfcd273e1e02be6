// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Global variables, the way libbpf makes them available: each data section is an array map with one
// value, which is the section. A variable is then an offset in that value.
//
//   .data*           writable, starts with the bytes in the file
//   .bss*            writable, starts with zeros
//   .rodata*         read-only for programs, and frozen: nobody can change it any more, so that
//                    loads from it are constants
//
// What is not named like that (SEC("counters") int n;) libbpf leaves out; here its flags say which
// of the three it is. Relocations inside the data (a table of strings, say) are not applied, as in
// libbpf: a pointer in a map's value is a number to the program that loads it.
#include "frontend/object/data_maps.h"

#include <bpf/btf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr size_t kMaxKernelName = 15;           // BPF_OBJ_NAME_LEN without its zero
constexpr size_t kLeastSuffix = 7;              // as much of the name is kept for ".rodata"
constexpr uint64_t kMaxValueBytes = INT32_MAX;  // array_map_alloc_check()

bool is_name_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '.';
}

}  // namespace

void describe_data(ObjectFile& object, const Btf& btf) {
  struct DataSection {
    uint32_t id;
    bool shared;
  };
  std::unordered_map<std::string_view, DataSection> known;
  for (uint32_t id = 1; id <= btf.type_count(); ++id) {
    const btf_type* type = btf.type(id);
    if (!btf_is_datasec(type)) continue;
    const btf_var_secinfo* items = btf_var_secinfos(type);
    const bool shared = std::any_of(items, items + btf_vlen(type), [&](const auto& item) {
      const btf_type* variable = btf.type(item.type);
      return variable != nullptr && btf_is_var(variable) &&
             btf_var(variable)->linkage != BTF_VAR_STATIC;
    });
    known.try_emplace(btf.string(type->name_off), DataSection{id, shared});
  }
  for (Section& section : object.sections) {
    if (!is_data(section)) continue;
    const auto found = known.find(section.name);
    if (found == known.end()) continue;
    section.datasec_id = found->second.id;
    section.shared = found->second.shared;
  }
}

std::string data_map_name(std::string_view path, std::string_view section) {
  // Custom sections have a name of their own; the usual ones are told apart by the file's.
  const bool usual = section.starts_with('.') && section.find('.', 1) == std::string_view::npos;
  if (!usual) return std::string(section);
  std::string_view prefix = path.substr(path.rfind('/') + 1);
  prefix = prefix.substr(0, prefix.find('.'));
  const size_t suffix = std::min(std::max(kLeastSuffix, section.size()), kMaxKernelName);
  std::string name(prefix.substr(0, kMaxKernelName - suffix));
  name += section.substr(0, suffix);
  std::ranges::replace_if(name, [](char c) { return !is_name_byte(c); }, '_');
  return name;
}

Result<MapDef> data_map(const ObjectFile& object, uint32_t index) {
  const Section& section = object.sections[index];
  if (section.size > kMaxValueBytes) {
    return Error(ErrorCode::kLimit,
                 fmt::format("section '{}' has {} bytes of global data, at most {} are allowed",
                             printable(section.name), section.size, kMaxValueBytes));
  }
  MapDef map;
  map.name = data_map_name(object.path, section.name);
  map.type = BPF_MAP_TYPE_ARRAY;
  map.key_size = sizeof(uint32_t);
  map.value_size = static_cast<uint32_t>(section.size);
  map.max_entries = 1;
  map.read_only = section.kind == SectionKind::kRodata;
  if (map.read_only) map.flags |= BPF_F_RDONLY_PROG;
  if (section.shared) map.flags |= BPF_F_MMAPABLE;
  map.value_type_id = section.datasec_id;
  map.initial = section.bytes;
  return map;
}

}  // namespace weir
