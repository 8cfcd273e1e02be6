// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/contexts.h"

#include <array>
#include <iterator>

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
enum class Width : uint8_t { kWhole, kNarrow, kBytes };

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

const Row& row(ContextKind kind) {
  return kRows[static_cast<size_t>(kind)];
}

Group group_of(ContextKind kind) {
  if (context_shape(kind) == ContextShape::kRaw) return Group::kNone;
  return kind == ContextKind::kXdp ? Group::Xdp : Group::Skb;
}

const FieldRow* field_at(ContextKind kind, int64_t offset) {
  const Group group = group_of(kind);
  for (const FieldRow& field : kFields) {
    if (field.group == group && offset >= field.offset && offset < field.offset + field.size)
      return &field;
  }
  return nullptr;
}

}  // namespace

std::string_view context_name(ContextKind kind) {
  return row(kind).name;
}
std::string_view context_text(ContextKind kind) {
  return row(kind).text;
}
ContextShape context_shape(ContextKind kind) {
  return row(kind).shape;
}

std::optional<ContextKind> context_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].name == name) return static_cast<ContextKind>(i);
  }
  return std::nullopt;
}

ContextKind context_from_section(std::string_view section) {
  if (section.starts_with('?')) section.remove_prefix(1);
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
  const FieldRow* field = field_at(kind, offset);
  if (!field || offset % size != 0 || offset + size > uint32_t{field->offset} + field->size)
    return std::nullopt;
  const uint32_t may = write ? field->writers : field->readers;
  if ((may & sets::bit(kind)) == 0) return std::nullopt;
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
    case FieldKind::kNumber: {
      const size_t image =
          field->group == Group::Xdp ? offsetof(PacketContext, xdp) : offsetof(PacketContext, skb);
      access.native_offset = static_cast<uint16_t>(image + static_cast<size_t>(offset));
      break;
    }
  }
  return access;
}

std::string_view field_name(ContextKind kind, int64_t offset) {
  const FieldRow* field = field_at(kind, offset);
  return field ? field->name : std::string_view();
}

uint32_t context_bytes(ContextKind kind) {
  switch (group_of(kind)) {
    case Group::kNone: return 0;
    case Group::Xdp: return kXdpBytes;
    case Group::Skb: return kSkbBytes;
  }
  return 0;
}

}  // namespace weir
