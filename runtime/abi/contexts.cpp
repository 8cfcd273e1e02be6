// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/contexts.h"

#include <array>
#include <iterator>

#include "runtime/abi/host_hooks.h"
#include "runtime/abi/packet_context.h"

namespace weir {

namespace {

struct Row {
  std::string_view name;
  ContextShape shape;
  std::string_view text;
};
constexpr Row kRows[] = {
#define WEIR_CONTEXT(Name, name, shape, text) {name, ContextShape::shape, text},
#define WEIR_SECTION(Name, prefix)
#define WEIR_FIELD(group, name, offset, size, kind, width, readers, writers)
#include "runtime/abi/contexts.def"
#undef WEIR_CONTEXT
#undef WEIR_SECTION
#undef WEIR_FIELD
};

struct SectionRow {
  ContextKind kind;
  std::string_view prefix;
};
constexpr SectionRow kSections[] = {
#define WEIR_CONTEXT(Name, name, shape, text)
#define WEIR_SECTION(Name, prefix) {ContextKind::k##Name, prefix},
#define WEIR_FIELD(group, name, offset, size, kind, width, readers, writers)
#include "runtime/abi/contexts.def"
#undef WEIR_CONTEXT
#undef WEIR_SECTION
#undef WEIR_FIELD
};

enum class Group : uint8_t { kNone, Xdp, Skb };
using Width = FieldWidth;

// Sets of hook kinds, as contexts.def writes them.
namespace sets {
constexpr uint32_t bit(ContextKind kind) {
  return 1u << static_cast<unsigned>(kind);
}
constexpr uint32_t kNobody = 0;
constexpr uint32_t kXdp = bit(ContextKind::kXdp);
constexpr uint32_t kSocketFilter = bit(ContextKind::kSocketFilter);
constexpr uint32_t kTc = bit(ContextKind::kSchedCls) | bit(ContextKind::kSchedAct);
constexpr uint32_t kCgroupSkb = bit(ContextKind::kCgroupSkb);
constexpr uint32_t kLwt =
    bit(ContextKind::kLwtIn) | bit(ContextKind::kLwtOut) | bit(ContextKind::kLwtXmit);
constexpr uint32_t kAllSkb = kSocketFilter | kTc | kCgroupSkb | kLwt;
}  // namespace sets

struct FieldRow {
  Group group;
  std::string_view name;
  uint16_t offset, size;
  FieldKind kind;
  Width width;
  uint32_t readers, writers;
};
constexpr FieldRow make_field(Group group, std::string_view name, uint16_t offset, uint16_t size,
                              FieldKind kind, Width width, uint32_t readers, uint32_t writers) {
  return {group, name, offset, size, kind, width, readers, writers};
}
constexpr auto kFields = [] {
  using namespace sets;
  return std::to_array<FieldRow>({
#define WEIR_CONTEXT(Name, name, shape, text)
#define WEIR_SECTION(Name, prefix)
#define WEIR_FIELD(group, name, offset, size, kind, width, readers, writers) \
  make_field(Group::group, name, offset, size, FieldKind::kind, Width::width, readers, writers),
#include "runtime/abi/contexts.def"
#undef WEIR_CONTEXT
#undef WEIR_SECTION
#undef WEIR_FIELD
  });
}();

Group group_of(ContextKind kind) {
  if (kRows[static_cast<size_t>(kind)].shape == ContextShape::kRaw) return Group::kNone;
  return kind == ContextKind::kXdp ? Group::Xdp : Group::Skb;
}

// Hook kinds whose programs see the packet but may not change it: may_access_direct_pkt_data().
constexpr uint32_t kReadOnlyPackets = sets::bit(ContextKind::kCgroupSkb) |
                                      sets::bit(ContextKind::kLwtIn) |
                                      sets::bit(ContextKind::kLwtOut);

ContextDescription describe_row(ContextKind kind) {
  const Row& row = kRows[static_cast<size_t>(kind)];
  ContextDescription out{.name = std::string(row.name),
                         .text = std::string(row.text),
                         .shape = row.shape,
                         .packet_writable = (kReadOnlyPackets & sets::bit(kind)) == 0};
  const Group group = group_of(kind);
  if (group == Group::kNone) return out;
  const bool xdp = group == Group::Xdp;
  out.bytes = xdp ? kXdpBytes : kSkbBytes;
  out.native_offset = xdp ? offsetof(PacketContext, xdp) : offsetof(PacketContext, skb);
  for (const FieldRow& field : kFields) {
    if (field.group != group) continue;
    const bool read = (field.readers & sets::bit(kind)) != 0;
    out.fields.push_back({.name = std::string(field.name),
                          .offset = field.offset,
                          .size = field.size,
                          .kind = field.kind,
                          .width = field.width,
                          .readable = read,
                          .writable = (field.writers & sets::bit(kind)) != 0});
  }
  return out;
}

const ContextField* field_at(const ContextDescription& description, int64_t offset) {
  for (const ContextField& field : description.fields) {
    if (offset >= field.offset && offset < field.offset + field.size) return &field;
  }
  return nullptr;
}

}  // namespace

const ContextDescription& describe_context(ContextKind kind) {
  static const auto& kOwn = *new auto([] {
    std::array<ContextDescription, kContextCount> all;
    for (uint8_t i = 0; i < kContextCount; ++i) all[i] = describe_row(static_cast<ContextKind>(i));
    return all;
  }());
  if (!is_host_context(kind)) return kOwn[static_cast<size_t>(kind)];
  const ContextDescription* host = find_host_context(kind);
  return host ? *host : kOwn[static_cast<size_t>(ContextKind::kMemory)];
}

std::string_view context_name(ContextKind kind) {
  return describe_context(kind).name;
}
std::string_view context_text(ContextKind kind) {
  return describe_context(kind).text;
}
ContextShape context_shape(ContextKind kind) {
  // Asked often, and of weir's own kinds mostly.
  return is_host_context(kind) ? describe_context(kind).shape
                               : kRows[static_cast<size_t>(kind)].shape;
}

std::optional<ContextKind> context_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].name == name) return static_cast<ContextKind>(i);
  }
  return host_context_named(name);
}

ContextKind context_from_section(std::string_view section) {
  if (section.starts_with('?')) section.remove_prefix(1);
  if (section.starts_with(kHostSection)) {
    const size_t end = section.find('/', kHostSection.size());
    return host_context_named(section.substr(0, end)).value_or(ContextKind::kMemory);
  }
  ContextKind best = ContextKind::kMemory;
  size_t length = 0;
  for (const SectionRow& row : kSections) {
    const std::string_view prefix = row.prefix;
    // libbpf also takes "xdp.frags", "socket1": what follows a dot is a flag, old files number
    // their sections.
    if (prefix.size() <= length || !section.starts_with(prefix)) continue;
    const std::string_view rest = section.substr(prefix.size());
    if (!rest.empty() && rest[0] != '/' && rest[0] != '.' && (rest[0] < '0' || rest[0] > '9') &&
        rest[0] != '_' && rest[0] != '-') {
      continue;
    }
    best = row.kind;
    length = prefix.size();
  }
  return best;
}

std::optional<FieldAccess> find_field(ContextKind kind, int64_t offset, unsigned size, bool write) {
  const ContextDescription& description = describe_context(kind);
  const ContextField* field = field_at(description, offset);
  if (!field || offset % size != 0 || offset + size > uint32_t{field->offset} + field->size)
    return std::nullopt;
  if (!(write ? field->writable : field->readable)) return std::nullopt;
  const bool whole = size == field->size;
  switch (field->width) {
    case Width::kWhole:
      if (!whole) return std::nullopt;
      break;
    case Width::kNarrow:
      if (write && !whole) return std::nullopt;
      break;
    case Width::kBytes: break;
  }
  FieldAccess access{.name = field->name, .kind = field->kind};
  access.native_size = field->kind == FieldKind::kNumber ? static_cast<uint8_t>(size) : 8;
  switch (field->kind) {
    case FieldKind::kData: access.native_offset = offsetof(PacketContext, data); break;
    case FieldKind::kDataEnd: access.native_offset = offsetof(PacketContext, data_end); break;
    case FieldKind::kDataMeta: access.native_offset = offsetof(PacketContext, data_meta); break;
    case FieldKind::kNumber:
      access.native_offset = static_cast<uint16_t>(description.native_offset + offset);
      break;
  }
  return access;
}

std::string_view field_name(ContextKind kind, int64_t offset) {
  const ContextField* field = field_at(describe_context(kind), offset);
  return field ? std::string_view(field->name) : std::string_view();
}

uint32_t context_bytes(ContextKind kind) {
  return describe_context(kind).bytes;
}

}  // namespace weir
