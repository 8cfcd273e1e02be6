// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The comparisons of libbpf's relo_core.c, which CO-RE is defined by. There are three, from loose
// to strict: fields_compatible(), compatible(), matches(). Each follows both types side by side
// through typedefs and qualifiers, to a depth of kMaxBtfDepth.
#include "frontend/object/core_types.h"

#include <bpf/btf.h>
#include <linux/btf.h>

#include <fmt/format.h>

#include "frontend/object/core_target.h"

namespace weir {

namespace {

// A 64-bit enumeration's items: name, low and high half of the value.
constexpr uint32_t kWordsPerEnum64 = 3;

const uint32_t* enum64_words(const btf_type* type, uint32_t i) {
  return reinterpret_cast<const uint32_t*>(type + 1) + size_t{i} * kWordsPerEnum64;
}

bool is_enum(const btf_type* type) {
  return btf_kind(type) == BTF_KIND_ENUM || btf_kind(type) == BTF_KIND_ENUM64;
}

bool kinds_agree(const btf_type* a, const btf_type* b) {
  return btf_kind(a) == btf_kind(b) || (is_enum(a) && is_enum(b));
}

bool is_signed(const btf_type* integer) {
  return (btf_int_encoding(integer) & BTF_INT_SIGNED) != 0;
}

}  // namespace

std::string_view enumerator_name(const Btf& btf, const btf_type* type, uint32_t i) {
  return btf.string(btf_kind(type) == BTF_KIND_ENUM64 ? enum64_words(type, i)[0]
                                                      : btf_enum(type)[i].name_off);
}

uint64_t enumerator_value(const btf_type* type, uint32_t i) {
  if (btf_kind(type) == BTF_KIND_ENUM64) {
    const uint32_t* words = enum64_words(type, i);
    return uint64_t{words[2]} << 32 | words[1];
  }
  return static_cast<uint64_t>(int64_t{btf_enum(type)[i].val});
}

Status CoreTypes::step() {
  if (++steps_ <= kMaxCoreSteps) return {};
  return Error(ErrorCode::kLimit,
               fmt::format("matching types for CO-RE takes more than {} steps", kMaxCoreSteps));
}

bool CoreTypes::same_kind(uint32_t local, uint32_t target) const {
  const btf_type* a = local_.type(local);
  const btf_type* b = target_.type(target);
  return a != nullptr && b != nullptr && kinds_agree(a, b);
}

Result<bool> CoreTypes::fields_compatible(uint32_t local, uint32_t target) {
  for (int depth = 0; depth <= kMaxBtfDepth; ++depth) {
    WEIR_CHECK(step());
    WEIR_TRY(local, local_.skip_modifiers(local));
    WEIR_TRY(target, target_.skip_modifiers(target));
    const btf_type* a = local_.type(local);
    const btf_type* b = target_.type(target);
    if (a == nullptr || b == nullptr) return false;  // void
    if (btf_is_composite(a) && btf_is_composite(b)) return true;
    if (!kinds_agree(a, b)) return false;
    switch (btf_kind(a)) {
      case BTF_KIND_PTR:
      case BTF_KIND_FLOAT: return true;
      case BTF_KIND_FWD:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64: {
        const std::string_view mine = essential_name(local_.string(a->name_off));
        const std::string_view other = essential_name(target_.string(b->name_off));
        return mine.empty() || other.empty() || mine == other;
      }
      case BTF_KIND_INT: return btf_int_offset(a) == 0 && btf_int_offset(b) == 0;
      case BTF_KIND_ARRAY:
        local = btf_array(a)->type;
        target = btf_array(b)->type;
        break;
      default: return false;
    }
  }
  return false;
}

Result<bool> CoreTypes::compatible(uint32_t local, uint32_t target) {
  if (!same_kind(local, target)) return false;
  return compatible(local, target, kMaxBtfDepth);
}

Result<bool> CoreTypes::compatible(uint32_t local, uint32_t target, int depth) {
  while (depth-- > 0) {
    WEIR_CHECK(step());
    WEIR_TRY(local, local_.skip_modifiers(local));
    WEIR_TRY(target, target_.skip_modifiers(target));
    const btf_type* a = local_.type(local);
    const btf_type* b = target_.type(target);
    if (a == nullptr || b == nullptr) return a == b;
    if (!kinds_agree(a, b)) return false;
    switch (btf_kind(a)) {
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
      case BTF_KIND_FWD: return true;
      case BTF_KIND_INT: return btf_int_offset(a) == 0 && btf_int_offset(b) == 0;
      case BTF_KIND_PTR:
        local = a->type;
        target = b->type;
        break;
      case BTF_KIND_ARRAY:
        local = btf_array(a)->type;
        target = btf_array(b)->type;
        break;
      case BTF_KIND_FUNC_PROTO: {
        if (btf_vlen(a) != btf_vlen(b)) return false;
        for (uint32_t i = 0; i < btf_vlen(a); ++i) {
          WEIR_TRY(const bool same,
                   compatible(btf_params(a)[i].type, btf_params(b)[i].type, depth));
          if (!same) return false;
        }
        local = a->type;
        target = b->type;
        break;
      }
      default: return false;
    }
  }
  return Error(ErrorCode::kLimit,
               fmt::format("types for CO-RE are nested deeper than {}", kMaxBtfDepth));
}

Result<bool> CoreTypes::matches(uint32_t local, uint32_t target) {
  return matches(local, target, false, kMaxBtfDepth);
}

Result<bool> CoreTypes::matches(uint32_t local, uint32_t target, bool behind_pointer, int depth) {
  while (depth-- > 0) {
    WEIR_CHECK(step());
    WEIR_TRY(local, local_.skip_modifiers(local));
    WEIR_TRY(target, target_.skip_modifiers(target));
    const btf_type* a = local_.type(local);
    const btf_type* b = target_.type(target);
    if (a == nullptr || b == nullptr) return a == b;
    if (essential_name(local_.string(a->name_off)) != essential_name(target_.string(b->name_off))) {
      return false;
    }
    const uint32_t kind = btf_kind(a);
    const uint32_t other = btf_kind(b);
    switch (kind) {
      case BTF_KIND_FWD: {
        // The kind flag says what is declared: a struct (0) or a union (1).
        const bool is_union = btf_kflag(a);
        if (kind == other) return is_union == btf_kflag(b);
        return behind_pointer && other == (is_union ? BTF_KIND_UNION : BTF_KIND_STRUCT);
      }
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        if (!is_enum(b)) return false;
        return enumerators_match(a, b);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        // What is pointed to only needs to be of its kind, perhaps only declared.
        if (behind_pointer && other == BTF_KIND_FWD) {
          return (kind == BTF_KIND_UNION) == btf_kflag(b);
        }
        if (kind != other) return false;
        if (behind_pointer) return true;
        return members_match(a, b, behind_pointer, depth);
      case BTF_KIND_INT: return kind == other && a->size == b->size && is_signed(a) == is_signed(b);
      case BTF_KIND_PTR:
        if (kind != other) return false;
        behind_pointer = true;
        local = a->type;
        target = b->type;
        break;
      case BTF_KIND_ARRAY:
        if (kind != other || btf_array(a)->nelems != btf_array(b)->nelems) return false;
        local = btf_array(a)->type;
        target = btf_array(b)->type;
        break;
      case BTF_KIND_FUNC_PROTO: {
        if (kind != other || btf_vlen(a) != btf_vlen(b)) return false;
        for (uint32_t i = 0; i < btf_vlen(a); ++i) {
          WEIR_TRY(const bool same,
                   matches(btf_params(a)[i].type, btf_params(b)[i].type, behind_pointer, depth));
          if (!same) return false;
        }
        local = a->type;
        target = b->type;
        break;
      }
      default: return false;
    }
  }
  return Error(ErrorCode::kLimit,
               fmt::format("types for CO-RE are nested deeper than {}", kMaxBtfDepth));
}

Result<bool> CoreTypes::members_match(const btf_type* local, const btf_type* target,
                                      bool behind_pointer, int depth) {
  if (btf_vlen(local) > btf_vlen(target)) return false;
  for (uint32_t i = 0; i < btf_vlen(local); ++i) {
    const btf_member& mine = btf_members(local)[i];
    const std::string_view name = essential_name(local_.string(mine.name_off));
    bool found = false;
    for (uint32_t j = 0; j < btf_vlen(target) && !found; ++j) {
      WEIR_CHECK(step());
      const btf_member& other = btf_members(target)[j];
      if (essential_name(target_.string(other.name_off)) != name) continue;
      WEIR_TRY(found, matches(mine.type, other.type, behind_pointer, depth));
    }
    if (!found) return false;
  }
  return true;
}

Result<bool> CoreTypes::enumerators_match(const btf_type* local, const btf_type* target) {
  if (local->size != target->size || btf_vlen(local) > btf_vlen(target)) return false;
  for (uint32_t i = 0; i < btf_vlen(local); ++i) {
    const std::string_view name = essential_name(enumerator_name(local_, local, i));
    bool found = false;
    for (uint32_t j = 0; j < btf_vlen(target) && !found; ++j) {
      WEIR_CHECK(step());
      found = essential_name(enumerator_name(target_, target, j)) == name;
    }
    if (!found) return false;
  }
  return true;
}

}  // namespace weir
