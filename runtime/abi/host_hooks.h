// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host's own hooks and helpers: the tables of contexts.def and helpers.def, given at run time.
//
// The flow: a host describes its hook and registers it, which gives a ContextKind; it declares its
// helpers and registers them, which gives a HelperSet. From there on both are like those that weir
// brings along: CompileOptions name them, analysis, interpreter and lifter read the same
// descriptions, the cache key and the manifest of a native object hold what they are made of, so
// that code which was compiled for another description is never run.
//
// Programs of a host's hook stand in sections "custom/NAME", "custom/NAME/anything". r1 is the
// context: a structure as the host describes it, byte for byte. Natively it is
//
//     PacketContext | the structure's bytes        (kHostContextOffset)
//
// so whoever runs such a program gives a pointer to a PacketContext that these bytes follow. What
// the fields of kind kData, kDataEnd and kDataMeta give is the PacketContext's; without such fields
// the program sees no packet.
//
// Descriptions are registered once in a process and stay: code may be running on them. Registering
// the same again gives the same number. All functions are safe from any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/result.h"
#include "runtime/abi/contexts.h"
#include "runtime/abi/exec_context.h"
#include "runtime/abi/helpers.h"
#include "runtime/abi/packet_context.h"

namespace weir {

// How much of a field one access may take: as in contexts.def.
enum class FieldWidth : uint8_t {
  kWhole,   // all of it
  kNarrow,  // reads may also take an aligned part
  kBytes,   // any aligned 1, 2, 4 or 8 bytes of it, to read and write
  kWide,    // likewise to read, to write 4 or 8
};

struct ContextField {
  std::string name;
  uint16_t offset = 0, size = 0;        // bytes; numbers that are not kBytes: 1, 2, 4 or 8, aligned
  FieldKind kind = FieldKind::kNumber;  // the others: 4 or 8 bytes, a pointer in a register
  FieldWidth width = FieldWidth::kWhole;
  bool readable = true;
  bool writable = false;  // numbers only
};

// What policy strict lets r0 be at the end.
struct ResultRange {
  int64_t min = 0, max = 0;
};

// A hook kind: a row of contexts.def with its fields, or a host's.
struct ContextDescription {
  std::string name;  // a host's: 1 to 32 of [a-z0-9_], without "custom/"
  std::string text;  // what it is, for people
  ContextShape shape = ContextShape::kPacket;
  uint16_t bytes = 0;                // of the structure
  std::vector<ContextField> fields;  // none overlap
  // Programs may write to the packet, if there is one. Strict holds them to it.
  bool packet_writable = true;
  std::optional<ResultRange> result;
  // Helpers of Linux that programs may call, by number; nothing: those that every hook has. What
  // the host itself declares is not asked about here.
  std::optional<std::vector<uint32_t>> helpers;

  // Where the structure starts, from the PacketContext. Set by whoever makes the table.
  uint16_t native_offset = 0;
};

inline constexpr size_t kHostContextOffset = kStructOffset;
static_assert(kHostContextOffset % 8 == 0);
inline constexpr uint16_t kMaxHostContextBytes = 4096;
inline constexpr uint8_t kMaxContexts = 64;  // HelperInfo::hooks is a set of them
inline constexpr uint8_t kMaxHelperSets = 64;
inline constexpr size_t kMaxContextFields = 256;
inline constexpr size_t kMaxHostIdentity = 1 << 15;
// Numbers of a host's helpers; Linux's lie below.
inline constexpr uint32_t kFirstHostHelper = 216;

// Makes it a hook kind of this process. kUsage where the description makes no sense, another of
// that name is registered, or there are too many (kLimit).
Result<ContextKind> register_context(ContextDescription description);

// Of every kind, weir's own and registered ones.
const ContextDescription& describe_context(ContextKind kind);
inline bool is_host_context(ContextKind kind) {
  return static_cast<uint8_t>(kind) >= kContextCount;
}

// A registered one, by kind, or by name ("custom/NAME"); null or nothing if there is none.
const ContextDescription* find_host_context(ContextKind kind);
std::optional<ContextKind> host_context_named(std::string_view name);
inline constexpr std::string_view kHostSection = "custom/";

// One helper of a host. As a row of helpers.def: the engines check what `arguments` say before they
// call `function`, which gets r1 .. r5 and the context of the run. The function is trusted: it
// keeps to the bytes it declared, and what it gives as a value of a map is one of that map, or
// null.
struct HelperDeclaration {
  uint32_t number = 0;  // kFirstHostHelper .. kHelperSlots - 1, but for kMapAdvanceHelper
  std::string name;     // 1 to 32 of [a-z0-9_]
  HelperFn function = nullptr;
  // Up to five, of: kAnything, kMap, kMapKey, kMapValue, kMapValueOut (behind a kMap), kContext,
  // kMemory, kMemoryOut, kMemoryOrNull, kMemoryOutOrNull (each before a size), kSize, kSizeOrZero,
  // kIntOut, kLongOut, kString.
  std::vector<HelperArgument> arguments;
  HelperResult result = HelperResult::kInteger;  // kInteger, kVoid; with a kMap: kMapValueOrNull
  HelperEffect effect = HelperEffect::kReturns;  // kReturns, kUnwinds, kMovesPacket
  std::vector<ContextKind> hooks;                // whose programs may call it; none: all
};

// Linux's helpers with these beside them (`base` kNone: these alone). kUsage where a declaration
// makes no sense, two have one number or name, or there are too many sets.
Result<HelperSet> register_helpers(std::span<const HelperDeclaration> helpers,
                                   HelperSet base = HelperSet::kKernel);

// Whether it is a registered one.
bool is_host_set(HelperSet set);
// Of a registered set; empty for weir's own.
std::span<const HelperInfo> host_helpers(HelperSet set);
// The function behind one of them, or null.
HelperFn host_helper_function(HelperSet set, uint32_t number);

// Whether programs of that kind may call it.
bool may_call(const HelperInfo& helper, ContextKind kind);

// What cache keys and native objects say of a kind or a set: the name and, of a host's, all of the
// description that code depends on, as text. The same in every process; at most kMaxHostIdentity.
std::string context_identity(ContextKind kind);
std::string helper_set_identity(HelperSet set);
// The kind or set of this process that has this identity.
std::optional<ContextKind> context_from_identity(std::string_view identity);
std::optional<HelperSet> helper_set_from_identity(std::string_view identity);

}  // namespace weir
