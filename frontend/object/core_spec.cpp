// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Clang writes what an access goes through as numbers, "0:2:1": from the root type, element 0 of
// the array that a pointer to it is; of that the member 2; of that the member (or element) 1.
// Members of anonymous structs and unions count as members of members here, but in the target they
// are looked for by name wherever they are: so such steps have no name, and are left out of the
// path.
#include "frontend/object/core_spec.h"

#include <bpf/btf.h>
#include <linux/btf.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "frontend/object/core_target.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr size_t kMaxDescription = 160;
constexpr size_t kMaxPath = 64;                        // libbpf's BPF_CORE_SPEC_MAX_LEN
constexpr uint64_t kMaxBitOffset = uint64_t{1} << 34;  // offsets in an instruction have 16 bits

Error malformed(std::string message) {
  return Error(ErrorCode::kBtfMalformed, std::move(message));
}

Result<std::vector<uint32_t>> parse_numbers(std::string_view text) {
  std::vector<uint32_t> out;
  const std::string_view all = text;
  while (true) {
    uint32_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || out.size() == kMaxPath) break;
    out.push_back(value);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (text.empty()) return out;
    if (!text.starts_with(':')) break;
    text.remove_prefix(1);
  }
  return malformed(fmt::format("the access string '{}' is no list of at most {} numbers",
                               printable(all), kMaxPath));
}

// Whether an array is the open end of the struct that the step before is in: `int data[];`.
bool is_open_array(const Btf& btf, const CoreAccess& before, const btf_type* array) {
  if (before.name.empty() || btf_array(array)->nelems > 0) return false;
  const btf_type* parent = btf.type(before.type_id);
  return before.index + 1 == btf_vlen(parent);
}

// Moves an offset by elements of a type.
Status add_elements(const Btf& btf, uint32_t type_id, uint32_t index, uint64_t& bit_offset) {
  if (index == 0) return {};
  WEIR_TRY(const uint32_t size, btf.size_of(type_id));
  const uint64_t bytes = uint64_t{size} * index;
  if (bytes > kMaxBitOffset / 8 || bit_offset > kMaxBitOffset) {
    return malformed(fmt::format("element {} of a type of {} bytes is too far away", index, size));
  }
  bit_offset += bytes * 8;
  return {};
}

// Looks for a member by name, in anonymous structs and unions too. Extends `spec` and gives the
// member's type where it is found.
class MemberFinder {
 public:
  MemberFinder(const Btf& btf, CoreTypes& types, std::string_view name, uint32_t local_type)
      : btf_(btf), types_(types), name_(name), local_type_(local_type) {}

  Result<std::optional<uint32_t>> find(uint32_t type_id, CoreSpec& spec, size_t depth) {
    WEIR_TRY(const uint32_t id, btf_.skip_modifiers(type_id));
    const btf_type* type = btf_.type(id);
    if (type == nullptr || !btf_is_composite(type)) return std::optional<uint32_t>();
    if (depth == kMaxPath) {
      return Error(ErrorCode::kLimit,
                   fmt::format("members for CO-RE are nested deeper than {}", kMaxPath));
    }
    for (uint32_t i = 0; i < btf_vlen(type); ++i) {
      WEIR_CHECK(types_.step());
      const btf_member& member = btf_members(type)[i];
      const std::string_view name = btf_.string(member.name_off);
      const uint64_t before = spec.bit_offset;
      spec.bit_offset += btf_member_bit_offset(type, i);
      if (name.empty()) {
        WEIR_TRY(const std::optional<uint32_t> found, find(member.type, spec, depth + 1));
        if (found) return found;
      } else if (name == name_) {
        WEIR_TRY(const bool same, types_.fields_compatible(local_type_, member.type));
        if (!same) return std::optional<uint32_t>();
        spec.path.push_back({id, i, name});
        return std::optional<uint32_t>(member.type);
      }
      spec.bit_offset = before;
    }
    return std::optional<uint32_t>();
  }

 private:
  const Btf& btf_;
  CoreTypes& types_;
  std::string_view name_;
  uint32_t local_type_;
};

Result<std::optional<CoreSpec>> find_enumerator(const CoreSpec& wanted, const Btf& target,
                                                uint32_t id, CoreTypes& types) {
  const btf_type* type = target.type(id);
  if (btf_kind(type) != BTF_KIND_ENUM && btf_kind(type) != BTF_KIND_ENUM64) {
    return std::optional<CoreSpec>();
  }
  const std::string_view name = essential_name(wanted.path[0].name);
  for (uint32_t i = 0; i < btf_vlen(type); ++i) {
    WEIR_CHECK(types.step());
    const std::string_view other = enumerator_name(target, type, i);
    if (essential_name(other) == name) return std::optional(CoreSpec{id, {{id, i, other}}, 0});
  }
  return std::optional<CoreSpec>();
}

}  // namespace

bool is_field(CoreRelocation::Kind kind) {
  return kind <= CoreRelocation::Kind::kFieldRightShift;
}

bool is_enumerator(CoreRelocation::Kind kind) {
  return kind == CoreRelocation::Kind::kEnumExists || kind == CoreRelocation::Kind::kEnumValue;
}

bool is_type(CoreRelocation::Kind kind) {
  return !is_field(kind) && !is_enumerator(kind);
}

Result<CoreSpec> parse_core_spec(const Btf& btf, CoreRelocation::Kind kind, uint32_t type_id,
                                 std::string_view text) {
  CoreSpec spec;
  spec.root = type_id;
  WEIR_TRY(const std::vector<uint32_t> numbers, parse_numbers(text));
  if (is_type(kind)) {
    if (numbers != std::vector<uint32_t>{0}) {
      return malformed(
          fmt::format("the access string of a type is '{}', but '0' was expected", text));
    }
    return spec;
  }
  WEIR_TRY(uint32_t id, btf.skip_modifiers(type_id));
  const btf_type* type = btf.type(id);
  if (type == nullptr) return malformed(fmt::format("type {} is void or does not exist", type_id));
  if (is_enumerator(kind)) {
    const bool is_enum = btf_kind(type) == BTF_KIND_ENUM || btf_kind(type) == BTF_KIND_ENUM64;
    if (!is_enum || numbers.size() != 1 || numbers[0] >= btf_vlen(type)) {
      return malformed(fmt::format("'{}' is no enumerator of type {}", text, type_id));
    }
    spec.path.push_back({id, numbers[0], enumerator_name(btf, type, numbers[0])});
    return spec;
  }

  spec.path.push_back({id, numbers[0], {}});
  WEIR_CHECK(add_elements(btf, id, numbers[0], spec.bit_offset));
  for (size_t i = 1; i < numbers.size(); ++i) {
    const uint32_t index = numbers[i];
    WEIR_TRY(id, btf.skip_modifiers(id));
    type = btf.type(id);
    if (type != nullptr && btf_is_composite(type) && index < btf_vlen(type)) {
      const btf_member& member = btf_members(type)[index];
      spec.bit_offset += btf_member_bit_offset(type, index);
      const std::string_view name = btf.string(member.name_off);
      if (!name.empty()) spec.path.push_back({id, index, name});
      id = member.type;
      continue;
    }
    if (type != nullptr && btf_is_array(type) &&
        (index < btf_array(type)->nelems || is_open_array(btf, spec.path.back(), type))) {
      WEIR_TRY(id, btf.skip_modifiers(btf_array(type)->type));
      spec.path.push_back({id, index, {}});
      WEIR_CHECK(add_elements(btf, id, index, spec.bit_offset));
      continue;
    }
    return malformed(fmt::format("step {} of the access string '{}' is in nothing that has it", i,
                                 printable(text)));
  }
  return spec;
}

Result<std::optional<CoreSpec>> find_core_spec(const Btf& local, const CoreSpec& wanted,
                                               CoreRelocation::Kind kind, const Btf& target,
                                               uint32_t candidate, CoreTypes& types) {
  using Found = std::optional<CoreSpec>;
  if (is_type(kind)) {
    WEIR_TRY(const bool same, kind == CoreRelocation::Kind::kTypeMatches
                                  ? types.matches(wanted.root, candidate)
                                  : types.compatible(wanted.root, candidate));
    return same ? Found(CoreSpec{candidate, {}, 0}) : Found();
  }
  WEIR_TRY(uint32_t id, target.skip_modifiers(candidate));
  const btf_type* type = target.type(id);
  if (type == nullptr) return Found();
  if (is_enumerator(kind)) return find_enumerator(wanted, target, id, types);

  CoreSpec spec;
  spec.root = candidate;
  for (size_t i = 0; i < wanted.path.size(); ++i) {
    const CoreAccess& access = wanted.path[i];
    WEIR_TRY(id, target.skip_modifiers(id));
    type = target.type(id);
    if (type == nullptr) return Found();
    if (!access.name.empty()) {
      const btf_member& member = btf_members(local.type(access.type_id))[access.index];
      MemberFinder finder(target, types, access.name, member.type);
      WEIR_TRY(const std::optional<uint32_t> found, finder.find(id, spec, 0));
      if (!found) return Found();
      id = *found;
      continue;
    }
    if (i > 0) {  // the first step is from the type itself, as if it was in an array
      if (!btf_is_array(type)) return Found();
      if (access.index >= btf_array(type)->nelems &&
          !is_open_array(target, spec.path.back(), type)) {
        return Found();
      }
      WEIR_TRY(id, target.skip_modifiers(btf_array(type)->type));
    }
    spec.path.push_back({id, access.index, {}});
    WEIR_CHECK(add_elements(target, id, access.index, spec.bit_offset));
  }
  return Found(std::move(spec));
}

std::string describe(const Btf& btf, const CoreSpec& spec) {
  const btf_type* root = btf.type(spec.root);
  std::string out;
  if (root != nullptr) {
    switch (btf_kind(root)) {
      case BTF_KIND_STRUCT: out = "struct "; break;
      case BTF_KIND_UNION: out = "union "; break;
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64: out = "enum "; break;
      default: break;
    }
    const std::string_view name = btf.string(root->name_off);
    out += name.empty() ? "(anonymous)" : printable(name);
  }
  for (size_t i = 0; i < spec.path.size(); ++i) {
    const CoreAccess& access = spec.path[i];
    if (out.size() > kMaxDescription) return out + "...";
    if (!access.name.empty()) {
      out += '.' + printable(access.name);
    } else if (i > 0 || access.index > 0) {
      out += fmt::format("[{}]", access.index);
    }
  }
  return out;
}

}  // namespace weir
