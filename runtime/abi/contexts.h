// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weir {

enum class ContextKind : uint8_t {
#define WEIR_CONTEXT(Name, name, shape, group, text) k##Name,
#include "runtime/abi/contexts.def"
};

inline constexpr uint8_t kContextCount = 0
#define WEIR_CONTEXT(Name, name, shape, group, text) +1
#include "runtime/abi/contexts.def"
    ;

// What r1 is at the entry: see contexts.def.
enum class ContextShape : uint8_t { kRaw, kPacket };

std::string_view context_name(ContextKind kind);
std::string_view context_text(ContextKind kind);
ContextShape context_shape(ContextKind kind);
std::optional<ContextKind> context_from_name(std::string_view name);
// By the longest section prefix that ends at '/' or at the end: "filter/ip/v4" is kIp. A '?' in
// front (libbpf: do not load by default) is skipped. Unknown sections are kMemory.
ContextKind context_from_section(std::string_view section);
// The prefixes of sections that hold programs of that kind.
std::vector<std::string_view> section_prefixes(ContextKind kind);
// The program type of the kernel that such a section holds, if weir does not run it; else empty.
std::string_view foreign_section(std::string_view section);

enum class FieldKind : uint8_t { kNumber, kData, kDataEnd, kDataMeta };

// What an access to a context means natively.
struct FieldAccess {
  std::string_view name;
  FieldKind kind = FieldKind::kNumber;
  uint16_t native_offset = 0;  // into PacketContext
  uint8_t native_size = 0;     // bytes: as accessed, or 8 for the pointers
};

// The meaning of an access of `size` bytes at `offset` of the context, or nothing if the kernel
// would refuse it: no such field, not this width, not for this hook kind, not to be written.
std::optional<FieldAccess> find_field(ContextKind kind, int64_t offset, unsigned size, bool write);
// Name of the field that holds that byte, for messages; empty if there is none.
std::string_view field_name(ContextKind kind, int64_t offset);
// Bytes of the context as a program sees it; 0 for raw kinds.
uint32_t context_bytes(ContextKind kind);
// Of a context that is neither struct xdp_md nor struct __sk_buff: context_bytes(), which lie right
// behind the PacketContext that a run is given, as the kernel's structure has them. Else 0.
uint32_t context_struct_bytes(ContextKind kind);
// Every field that programs of that kind may read, for hosts that fill them by name.
struct FieldName {
  std::string_view name;
  uint16_t offset = 0, size = 0;
};
std::vector<FieldName> number_fields(ContextKind kind);

}  // namespace weir
