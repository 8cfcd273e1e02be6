// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/context_btf.h"

#include <linux/btf.h>

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

namespace {

std::optional<FieldKind> pointer_kind(std::string_view name) {
  if (name == "data") return FieldKind::kData;
  if (name == "data_end") return FieldKind::kDataEnd;
  if (name == "data_meta") return FieldKind::kDataMeta;
  return std::nullopt;
}

Result<uint32_t> find_structure(const Btf& btf, const char* name) {
  if (const auto id = btf.find(BTF_KIND_STRUCT, name)) return *id;
  if (const auto alias = btf.find(BTF_KIND_TYPEDEF, name)) {
    WEIR_TRY(const uint32_t id, btf.skip_modifiers(*alias));
    const btf_type* type = btf.type(id);
    if (type && BTF_INFO_KIND(type->info) == BTF_KIND_STRUCT) return id;
  }
  return Error(ErrorCode::kNotFound, fmt::format("the BTF has no struct '{}'", printable(name)));
}

// The field that a member is; nothing if programs cannot reach it.
Result<std::optional<ContextField>> field_of(const Btf& btf, const btf_member& member,
                                             bool bit_fields) {
  const uint32_t bits = bit_fields ? BTF_MEMBER_BIT_OFFSET(member.offset) : member.offset;
  if ((bit_fields && BTF_MEMBER_BITFIELD_SIZE(member.offset) != 0) || bits % 8 != 0)
    return std::optional<ContextField>();
  WEIR_TRY(const uint32_t id, btf.skip_modifiers(member.type));
  const btf_type* type = btf.type(id);
  if (type == nullptr) return std::optional<ContextField>();
  WEIR_TRY(const uint32_t size, btf.size_of(id));
  if (size == 0 || bits / 8 + size > kMaxHostContextBytes) return std::optional<ContextField>();
  ContextField field{.name = std::string(btf.string(member.name_off)),
                     .offset = static_cast<uint16_t>(bits / 8),
                     .size = static_cast<uint16_t>(size)};
  const auto pointer = pointer_kind(field.name);
  switch (BTF_INFO_KIND(type->info)) {
    case BTF_KIND_PTR:
      if (!pointer) return std::optional<ContextField>();
      field.kind = *pointer;
      return std::optional(field);
    case BTF_KIND_INT:
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      if (pointer && (size == 4 || size == 8)) {
        field.kind = *pointer;
      } else {
        field.width =
            size <= 8 && field.offset % size == 0 ? FieldWidth::kNarrow : FieldWidth::kBytes;
      }
      return std::optional(field);
    case BTF_KIND_ARRAY:
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: field.width = FieldWidth::kBytes; return std::optional(field);
    default: return std::optional<ContextField>();
  }
}

}  // namespace

Status fill_context(ContextDescription& description, const Btf& btf, const char* structure,
                    std::span<const std::string_view> writable) {
  WEIR_TRY(const uint32_t id, find_structure(btf, structure));
  const btf_type* type = btf.type(id);
  if (type->size == 0 || type->size > kMaxHostContextBytes) {
    return Error(ErrorCode::kLimit,
                 fmt::format("struct '{}' has {} bytes, but a context has 1 to {}",
                             printable(structure), type->size, kMaxHostContextBytes));
  }
  // The members follow their structure; Btf has checked that they are there.
  const auto* members = reinterpret_cast<const btf_member*>(type + 1);
  std::vector<ContextField> fields;
  for (uint32_t i = 0; i < BTF_INFO_VLEN(type->info); ++i) {
    WEIR_TRY(auto field, field_of(btf, members[i], BTF_INFO_KFLAG(type->info) != 0));
    if (field) fields.push_back(std::move(*field));
  }
  for (const std::string_view name : writable) {
    const auto field = std::ranges::find(fields, name, &ContextField::name);
    if (field == fields.end() || field->kind != FieldKind::kNumber) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("struct '{}' has no member '{}' that could be written",
                               printable(structure), printable(name)));
    }
    field->writable = true;
  }
  description.bytes = static_cast<uint16_t>(type->size);
  description.fields = std::move(fields);
  return {};
}

}  // namespace weir
