// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known of a helper without running it. A program is analysed and compiled for one helper
// set; the ExecContext of a run must offer the same one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/abi/contexts.h"

namespace weir {

// Sets of a host (abi/host_helpers.h) come behind these.
enum class HelperSet : uint8_t { kNone, kConformance, kKernel };
inline constexpr uint8_t kHelperSetCount = 3;
// The set that a host's set adds to; of the others, the set itself.
HelperSet base_set(HelperSet set);
inline bool has_kernel_helpers(HelperSet set) {
  return base_set(set) == HelperSet::kKernel;
}
enum class HelperEffect : uint8_t {
  kReturns,
  kUnwinds,
  kMovesPacket,
  kTailCalls,
  kReleases,
  kLocks,
  kUnlocks,
  kCallsBack,
};
enum class HelperResult : uint8_t {
  kInteger,
  kVoid,
  kMapValueOrNull,
  kRecordOrNull,
  kSliceOrNull,
  kSockCommonOrNull,
  kSocketOrNull,
  kTcpSocketOrNull,
};
// See helpers.def.
enum class HelperArgument : uint8_t {
  kNone,
  kAnything,
  kMap,
  kMapKey,
  kMapValue,
  kMapValueOut,
  kContext,
  kMemory,
  kMemoryOut,
  kMemoryOrNull,
  kSize,
  kSizeOrZero,
  kMemoryOutOrNull,
  kMemoryBefore,
  kIntOut,
  kLongOut,
  kString,
  kRecord,
  kRecordSize,
  kSpinLock,
  kFunction,
  kMapKeyOut,
  kMapCursor,
  kStackOrNull,
  kContextOrNull,
  kDynptr,
  kRingbufDynptr,
  kDynptrOut,
  kRingbufDynptrOut,
  kDynptrMemory,
  kSocket,
};
inline constexpr uint32_t kDynptrBytes = 16;  // struct bpf_dynptr
inline constexpr uint32_t kMapCursorBytes = 16;
inline constexpr uint32_t kMapAdvanceHelper = 240;  // of the code for for_each_map_elem
std::string_view helper_argument_text(HelperArgument argument);  // "a map", "a size of at least 1"

struct HelperInfo {
  uint32_t number;
  std::string_view name;
  HelperSet set;
  uint64_t hooks;  // kKernel: bit i is set if programs of ContextKind i may call it
  HelperResult result;
  HelperEffect effect;
  std::array<HelperArgument, 5> arguments;  // of r1..r5
  uint8_t argument_count;                   // r1 .. r<argument_count> are read

  bool offered_at(ContextKind kind) const {
    return set != HelperSet::kKernel || (hooks >> static_cast<unsigned>(kind) & 1) != 0;
  }
  // Pointers into the packet mean nothing after a call. A tail call that comes back (into the
  // caller of a subprogram) has run another program in between.
  bool moves_packet() const {
    return effect == HelperEffect::kMovesPacket || effect == HelperEffect::kTailCalls;
  }
};

// Whether the helper follows addresses that stand in its numbers, as %s does.
bool follows_text(const HelperInfo& helper);

// Whether it gives a socket; and whether it found it, so that it must be released. Else it is the
// one in r1, seen as another kind.
bool gives_socket(const HelperInfo& helper);
bool finds_socket(const HelperInfo& helper);

// Whether what it gives must be given back before the program ends (ExecContext::held).
bool takes_things(const HelperInfo& helper);

// All of weir's own, in no order.
std::span<const HelperInfo> all_helpers();

// The helper of that number in the set, or null.
const HelperInfo* find_helper(HelperSet set, uint64_t number);

// What programs of that kind are given unless the user says otherwise: Linux's, but for bare bytes.
HelperSet default_helpers(ContextKind kind);

std::string_view helper_set_name(HelperSet set);
std::optional<HelperSet> helper_set_from_name(std::string_view name);

}  // namespace weir
