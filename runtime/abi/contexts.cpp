// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/contexts.h"

#include <array>
#include <iterator>

#include "runtime/abi/host_hooks.h"
#include "runtime/abi/packet_context.h"

namespace weir {

namespace {

enum class Group : uint8_t {
  None,
  Xdp,
  Skb,
#define WEIR_STRUCT(group, bytes) group,
#include "runtime/abi/contexts.def"
};
using Width = FieldWidth;

struct Row {
  std::string_view name;
  ContextShape shape;
  Group group;
  std::string_view text;
};
constexpr Row kRows[] = {
#define WEIR_CONTEXT(Name, name, shape, group, text) \
  {name, ContextShape::shape, Group::group, text},
#include "runtime/abi/contexts.def"
};
static_assert(std::size(kRows) <= 32, "sets of hook kinds have 32 bits");

struct SectionRow {
  ContextKind kind;
  std::string_view prefix;
};
constexpr SectionRow kSections[] = {
#define WEIR_SECTION(Name, prefix) {ContextKind::k##Name, prefix},
#include "runtime/abi/contexts.def"
};
struct ForeignRow {
  std::string_view prefix, type;
};
constexpr ForeignRow kForeign[] = {
#define WEIR_NO_SECTION(prefix, type) {prefix, type},
#include "runtime/abi/contexts.def"
};

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
constexpr uint32_t kLwt = bit(ContextKind::kLwtIn) | bit(ContextKind::kLwtOut) |
                          bit(ContextKind::kLwtXmit) | bit(ContextKind::kLwtSeg6Local);
#define WEIR_SET(Name) constexpr uint32_t k##Name = bit(ContextKind::k##Name)
WEIR_SET(SkSkb);
WEIR_SET(FlowDissector);
WEIR_SET(SkMsg);
WEIR_SET(SkReuseport);
WEIR_SET(SkLookup);
WEIR_SET(SockOps);
WEIR_SET(CgroupSock);
WEIR_SET(CgroupSockAddr);
WEIR_SET(CgroupSockopt);
WEIR_SET(CgroupSysctl);
WEIR_SET(CgroupDevice);
WEIR_SET(Kprobe);
WEIR_SET(Tracepoint);
WEIR_SET(RawTracepoint);
WEIR_SET(PerfEvent);
WEIR_SET(Tracing);
#undef WEIR_SET
constexpr uint32_t kAllSkb = kSocketFilter | kTc | kCgroupSkb | kLwt | kSkSkb;
constexpr uint32_t kSkbWithData = kTc | kCgroupSkb | kLwt | kSkSkb | kFlowDissector;
constexpr uint32_t kSocketSkb = kCgroupSkb | kSkSkb;  // that see the socket's addresses
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
#define WEIR_FIELD(group, name, offset, size, kind, width, readers, writers) \
  make_field(Group::group, name, offset, size, FieldKind::kind, Width::width, readers, writers),
#include "runtime/abi/contexts.def"
  });
}();

Group group_of(ContextKind kind) {
  return kRows[static_cast<size_t>(kind)].group;
}

// libbpf also takes "xdp.frags", "socket1": what follows a dot is a flag, old files number their
// sections.
bool holds(std::string_view prefix, std::string_view section) {
  if (!section.starts_with(prefix)) return false;
  const std::string_view rest = section.substr(prefix.size());
  return rest.empty() || rest[0] == '/' || rest[0] == '.' || (rest[0] >= '0' && rest[0] <= '9') ||
         rest[0] == '_' || rest[0] == '-';
}

// Hook kinds whose programs see the packet but may not change it: may_access_direct_pkt_data().
constexpr uint32_t kReadOnlyPackets = [] {
  using namespace sets;
  return kCgroupSkb | bit(ContextKind::kLwtIn) | bit(ContextKind::kLwtOut) |
         bit(ContextKind::kLwtSeg6Local) | kFlowDissector | kSkReuseport | kSockOps;
}();

uint16_t struct_bytes(Group group) {
  switch (group) {
    case Group::None: return 0;
    case Group::Xdp: return kXdpBytes;
    case Group::Skb: return kSkbBytes;
#define WEIR_STRUCT(group, bytes) \
  case Group::group: return bytes;
#include "runtime/abi/contexts.def"
  }
  return 0;
}

ContextDescription describe_row(ContextKind kind) {
  const Row& row = kRows[static_cast<size_t>(kind)];
  ContextDescription out{.name = std::string(row.name),
                         .text = std::string(row.text),
                         .shape = row.shape,
                         .packet_writable = (kReadOnlyPackets & sets::bit(kind)) == 0};
  const Group group = group_of(kind);
  if (group == Group::None) return out;
  out.bytes = struct_bytes(group);
  out.native_offset = group == Group::Xdp   ? offsetof(PacketContext, xdp)
                      : group == Group::Skb ? offsetof(PacketContext, skb)
                                            : kStructOffset;
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
    if (prefix.size() <= length || !holds(prefix, section)) continue;
    best = row.kind;
    length = prefix.size();
  }
  return best;
}

std::vector<std::string_view> section_prefixes(ContextKind kind) {
  std::vector<std::string_view> out;
  for (const SectionRow& row : kSections) {
    if (row.kind == kind) out.push_back(row.prefix);
  }
  return out;
}

std::string_view foreign_section(std::string_view section) {
  if (section.starts_with('?')) section.remove_prefix(1);
  for (const ForeignRow& row : kForeign) {
    if (holds(row.prefix, section)) return row.type;
  }
  return {};
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
    case Width::kWide:
      if (write && size < 4) return std::nullopt;
      break;
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

uint32_t context_struct_bytes(ContextKind kind) {
  const ContextDescription& description = describe_context(kind);
  return description.native_offset == kStructOffset ? description.bytes : 0;
}

uint32_t context_bytes(ContextKind kind) {
  return describe_context(kind).bytes;
}

std::vector<FieldName> number_fields(ContextKind kind) {
  std::vector<FieldName> out;
  for (const ContextField& field : describe_context(kind).fields) {
    if (field.kind == FieldKind::kNumber && field.readable)
      out.push_back({field.name, field.offset, field.size});
  }
  return out;
}

}  // namespace weir
