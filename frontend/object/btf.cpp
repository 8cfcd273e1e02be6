// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checking BTF before libbpf sees it.
//
// libbpf 1.1 (Debian 12) takes types on trust once their lengths add up: names, type ids and kinds
// inside a type are used unchecked when they are asked for. It also prints a warning through a
// process-wide hook when it refuses BTF, and a library must be quiet without taking that hook from
// a host that uses libbpf too. Both are solved by checking at least all that btf__new() checks, and
// then what it does not: after check_btf() it has no reason to fail or to print.
//
// Type ids may refer forward and in circles (a list node has a pointer to its own type), so ids are
// only checked to exist; whoever follows them counts the steps (kMaxBtfDepth).
#include "frontend/object/btf.h"

#include <bpf/btf.h>
#include <linux/btf.h>

#include <cstring>

#include <fmt/format.h>

namespace weir {

namespace {

Error malformed(std::string message) {
  return Error(ErrorCode::kBtfMalformed, std::move(message)).in_section(".BTF");
}

// What follows a type's 12-byte header, and what its third word is.
struct KindRule {
  const char* name;
  uint8_t fixed;     // bytes, once
  uint8_t per_item;  // bytes, vlen times
  bool refers;       // btf_type::type is a type id, not a size
};

// By BTF_KIND_*; libbpf 1.1 knows 1 to 19.
constexpr KindRule kKinds[] = {
    {"void", 0, 0, false},
    {"int", sizeof(uint32_t), 0, false},
    {"pointer", 0, 0, true},
    {"array", sizeof(struct btf_array), 0, false},
    {"struct", 0, sizeof(struct btf_member), false},
    {"union", 0, sizeof(struct btf_member), false},
    {"enum", 0, sizeof(struct btf_enum), false},
    {"forward declaration", 0, 0, false},
    {"typedef", 0, 0, true},
    {"volatile", 0, 0, true},
    {"const", 0, 0, true},
    {"restrict", 0, 0, true},
    {"function", 0, 0, true},
    {"function prototype", 0, sizeof(struct btf_param), true},
    {"variable", sizeof(struct btf_var), 0, true},
    {"data section", 0, sizeof(struct btf_var_secinfo), false},
    {"float", 0, 0, false},
    {"declaration tag", sizeof(struct btf_decl_tag), 0, true},
    {"type tag", 0, 0, true},
    {"64-bit enum", 0, 3 * sizeof(uint32_t), false},  // btf_enum64 is newer than Debian's headers
};

// The type section as one pass sees it: `id` of the type at hand, `bytes` of its items.
struct TypeChecker {
  uint32_t string_size;
  uint32_t last_id;

  Status name(uint32_t id, uint32_t offset) const {
    if (offset < string_size) return {};
    return malformed(fmt::format("type {} has a name at {}, but there are {} bytes of strings", id,
                                 offset, string_size));
  }
  Status reference(uint32_t id, uint32_t to) const {
    if (to <= last_id) return {};
    return malformed(
        fmt::format("type {} refers to type {}, but the last type is {}", id, to, last_id));
  }

  Status items(uint32_t id, const btf_type& type, ByteSpan bytes) const {
    ByteReader in(bytes);
    const uint32_t kind = BTF_INFO_KIND(type.info);
    const uint32_t vlen = BTF_INFO_VLEN(type.info);
    switch (kind) {
      case BTF_KIND_INT: {
        const auto encoding = in.read<uint32_t>();
        if (type.size == 0 || type.size > 16 ||
            BTF_INT_OFFSET(encoding) + BTF_INT_BITS(encoding) > type.size * 8) {
          return malformed(fmt::format("type {} is an int of {} bytes and {} bits", id, type.size,
                                       BTF_INT_BITS(encoding)));
        }
        return {};
      }
      case BTF_KIND_ARRAY: {
        const auto array = in.read<struct btf_array>();
        WEIR_CHECK(reference(id, array.type));
        return reference(id, array.index_type);
      }
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        for (uint32_t i = 0; i < vlen; ++i) {
          const auto member = in.read<struct btf_member>();
          WEIR_CHECK(name(id, member.name_off));
          WEIR_CHECK(reference(id, member.type));
        }
        return {};
      case BTF_KIND_ENUM:
        for (uint32_t i = 0; i < vlen; ++i)
          WEIR_CHECK(name(id, in.read<struct btf_enum>().name_off));
        return {};
      case BTF_KIND_ENUM64:
        for (uint32_t i = 0; i < vlen; ++i) {
          WEIR_CHECK(name(id, in.read<uint32_t>()));
          in.take(2 * sizeof(uint32_t));  // the value's halves
        }
        return {};
      case BTF_KIND_FUNC_PROTO:
        for (uint32_t i = 0; i < vlen; ++i) {
          const auto param = in.read<struct btf_param>();
          WEIR_CHECK(name(id, param.name_off));
          WEIR_CHECK(reference(id, param.type));
        }
        return {};
      case BTF_KIND_DATASEC:
        for (uint32_t i = 0; i < vlen; ++i) {
          WEIR_CHECK(reference(id, in.read<struct btf_var_secinfo>().type));
        }
        return {};
      default: return {};
    }
  }
};

// One type's header and the bytes that follow it.
struct RawType {
  btf_type type;
  ByteSpan items;
};

Result<RawType> next_type(ByteReader& in, uint32_t id) {
  RawType out;
  out.type = in.read<btf_type>();
  if (!in.ok()) return malformed(fmt::format("the type section ends inside type {}", id));
  const uint32_t kind = BTF_INFO_KIND(out.type.info);
  if (kind == BTF_KIND_UNKN || kind >= std::size(kKinds)) {
    return malformed(fmt::format("type {} is of kind {}, but 1 to {} are known", id, kind,
                                 std::size(kKinds) - 1));
  }
  const KindRule& rule = kKinds[kind];
  // A function's vlen is its linkage.
  const size_t size = rule.fixed + size_t{rule.per_item} * BTF_INFO_VLEN(out.type.info);
  out.items = in.take(size);
  if (!in.ok()) {
    return malformed(fmt::format("the type section ends inside type {}, a {}", id, rule.name));
  }
  return out;
}

Status check_btf(ByteSpan raw) {
  ByteReader in(raw);
  const auto header = in.read<btf_header>();
  if (!in.ok()) {
    return malformed(fmt::format("the section has {} bytes, but its header has {}", raw.size(),
                                 sizeof(struct btf_header)));
  }
  if (header.magic != BTF_MAGIC) {
    return malformed(fmt::format("the section starts with {:#06x}, but {:#06x} was expected",
                                 header.magic, BTF_MAGIC));
  }
  if (header.version != BTF_VERSION || header.flags != 0) {
    return malformed(fmt::format("version {} with flags {:#x}, but version {} without was expected",
                                 header.version, header.flags, BTF_VERSION));
  }
  if (header.hdr_len < sizeof(struct btf_header) || header.hdr_len > raw.size()) {
    return malformed(
        fmt::format("a header of {} bytes in a section of {}, at least {} were expected",
                    header.hdr_len, raw.size(), sizeof(struct btf_header)));
  }
  const uint64_t space = raw.size() - header.hdr_len;
  const uint64_t types_end = uint64_t{header.type_off} + header.type_len;
  const uint64_t strings_end = uint64_t{header.str_off} + header.str_len;
  if (types_end > header.str_off || strings_end > space || header.type_off % 4 != 0) {
    return malformed(
        fmt::format("types at {} to {} and strings at {} to {} do not fit into {} bytes",
                    header.type_off, types_end, header.str_off, strings_end, space));
  }
  const ByteSpan body = raw.subspan(header.hdr_len);
  const ByteSpan strings = body.subspan(header.str_off, header.str_len);
  if (strings.empty() || strings.front() != 0 || strings.back() != 0) {
    return malformed("the strings do not start and end with a zero byte");
  }

  const ByteSpan types = body.subspan(header.type_off, header.type_len);
  ByteReader counting(types);
  uint32_t last_id = 0;
  while (counting.remaining() > 0) {
    ++last_id;
    if (auto type = next_type(counting, last_id); !type) return type.take_error();
  }

  const TypeChecker check{header.str_len, last_id};
  ByteReader checking(types);
  for (uint32_t id = 1; id <= last_id; ++id) {
    WEIR_TRY(const RawType raw_type, next_type(checking, id));
    const btf_type& type = raw_type.type;
    WEIR_CHECK(check.name(id, type.name_off));
    if (kKinds[BTF_INFO_KIND(type.info)].refers) WEIR_CHECK(check.reference(id, type.type));
    WEIR_CHECK(check.items(id, type, raw_type.items));
  }
  return {};
}

}  // namespace

void Btf::Free::operator()(btf* b) const {
  btf__free(b);
}

Result<Btf> Btf::parse(ByteSpan raw) {
  WEIR_CHECK(check_btf(raw));
  btf* parsed = btf__new(raw.data(), static_cast<uint32_t>(raw.size()));
  if (parsed == nullptr) return malformed("libbpf refuses the section");
  Btf out(parsed);
  btf__set_pointer_size(parsed, 8);  // else libbpf guesses it from a type named "long"
  return out;
}

uint32_t Btf::type_count() const {
  return btf__type_cnt(btf_.get()) - 1;
}

const btf_type* Btf::type(uint32_t id) const {
  return id == 0 ? nullptr : btf__type_by_id(btf_.get(), id);
}

std::string_view Btf::string(uint32_t offset) const {
  const char* text = btf__str_by_offset(btf_.get(), offset);
  if (text == nullptr) return {};
  return {text, strnlen(text, kMaxBtfString)};  // the strings end with a zero byte: check_btf()
}

std::optional<uint32_t> Btf::find(uint32_t kind, const char* name) const {
  const int32_t id = btf__find_by_name_kind(btf_.get(), name, kind);
  return id > 0 ? std::optional(static_cast<uint32_t>(id)) : std::nullopt;
}

Result<uint32_t> Btf::skip_modifiers(uint32_t id) const {
  const uint32_t start = id;
  for (int depth = 0; depth <= kMaxBtfDepth; ++depth) {
    const btf_type* t = type(id);
    if (t == nullptr || !(btf_is_mod(t) || btf_is_typedef(t))) return id;
    id = t->type;
  }
  return malformed(fmt::format("typedefs or qualifiers of type {} are nested deeper than {}", start,
                               kMaxBtfDepth));
}

Result<uint32_t> Btf::size_of(uint32_t id) const {
  const int64_t size = btf__resolve_size(btf_.get(), id);
  if (size < 0 || size > UINT32_MAX) {
    const btf_type* t = type(id);
    return malformed(fmt::format("type {} ({} '{}') has no size", id,
                                 t == nullptr ? "void" : kKinds[btf_kind(t)].name,
                                 t == nullptr ? std::string_view() : string(t->name_off)));
  }
  return static_cast<uint32_t>(size);
}

}  // namespace weir
