// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/helpers.h"

#include <initializer_list>

namespace weir {

namespace {

constexpr uint32_t bit(ContextKind kind) {
  return 1u << static_cast<unsigned>(kind);
}
// As helpers.def names them.
constexpr uint32_t kNoHook = 0;
constexpr uint32_t kAnyHook = ~0u;
constexpr uint32_t kXdpHook = bit(ContextKind::kXdp);
constexpr uint32_t kTcHooks = bit(ContextKind::kSchedCls) | bit(ContextKind::kSchedAct);
constexpr uint32_t kLwtHooks = bit(ContextKind::kLwtIn) | bit(ContextKind::kLwtOut) |
                               bit(ContextKind::kLwtXmit) | bit(ContextKind::kLwtSeg6Local);
constexpr uint32_t kSkSkbHook = bit(ContextKind::kSkSkb);
constexpr uint32_t kReuseportHook = bit(ContextKind::kSkReuseport);
constexpr uint32_t kSkbHooks =
    kTcHooks | kLwtHooks | bit(ContextKind::kSocketFilter) | bit(ContextKind::kCgroupSkb);
constexpr uint32_t kPacketHooks = kXdpHook | kTcHooks | kLwtHooks;
// Those with a context.
constexpr uint32_t kKernelHooks =
    kAnyHook & ~(bit(ContextKind::kMemory) | bit(ContextKind::kIp) | bit(ContextKind::kFrame));
constexpr uint32_t kChangeHooks = kTcHooks | bit(ContextKind::kLwtXmit);
constexpr uint32_t kRedirectHooks = kXdpHook | kChangeHooks;
constexpr uint32_t kForwardHooks = kXdpHook | kTcHooks;
constexpr uint32_t kUidHooks =
    kTcHooks | kSkSkbHook | bit(ContextKind::kSocketFilter) | bit(ContextKind::kCgroupSkb);
constexpr uint32_t kSocketHooks = kUidHooks | kReuseportHook | bit(ContextKind::kCgroupSock) |
                                  bit(ContextKind::kCgroupSockAddr) | bit(ContextKind::kSockOps);
constexpr uint32_t kLoadHooks =
    kSkbHooks | kSkSkbHook | kReuseportHook | bit(ContextKind::kFlowDissector);
constexpr uint32_t kEcnHooks = kTcHooks | bit(ContextKind::kCgroupSkb);
constexpr uint32_t kTunnelHooks = kTcHooks | bit(ContextKind::kLwtXmit);

constexpr HelperInfo make(uint32_t number, std::string_view name, HelperSet set, uint32_t hooks,
                          HelperResult result, HelperEffect effect,
                          std::initializer_list<HelperArgument> arguments) {
  HelperInfo info{number, name, set, hooks, result, effect, {}, 0};
  for (const HelperArgument argument : arguments) info.arguments[info.argument_count++] = argument;
  return info;
}

constexpr auto kHelpers = [] {
  using enum HelperArgument;
  return std::to_array<HelperInfo>({
#define WEIR_HELPER(number, Name, name, set, hooks, result, effect, ...)                \
  make(number, name, HelperSet::set, hooks, HelperResult::result, HelperEffect::effect, \
       {__VA_ARGS__}),
#include "runtime/abi/helpers.def"
#undef WEIR_HELPER
  });
}();

constexpr std::string_view kSetNames[] = {"none", "conformance", "kernel"};

}  // namespace

std::span<const HelperInfo> all_helpers() {
  return kHelpers;
}

const HelperInfo* find_helper(HelperSet set, uint64_t number) {
  for (const HelperInfo& helper : kHelpers) {
    if (helper.number == number && helper.set == set) return &helper;
  }
  return nullptr;
}

HelperSet default_helpers(ContextKind kind) {
  return kind == ContextKind::kMemory ? HelperSet::kNone : HelperSet::kKernel;
}

std::string_view helper_set_name(HelperSet set) {
  return kSetNames[static_cast<size_t>(set)];
}

std::optional<HelperSet> helper_set_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kSetNames); ++i) {
    if (kSetNames[i] == name) return static_cast<HelperSet>(i);
  }
  return std::nullopt;
}

std::string_view helper_argument_text(HelperArgument argument) {
  switch (argument) {
    case HelperArgument::kNone: return "nothing";
    case HelperArgument::kAnything: return "a number";
    case HelperArgument::kMap: return "a map of the program";
    case HelperArgument::kMapKey: return "the address of a key of the map";
    case HelperArgument::kMapValue: return "the address of a value for the map";
    case HelperArgument::kMapValueOut: return "the address of room for a value of the map";
    case HelperArgument::kContext: return "the context";
    case HelperArgument::kMemory: return "the address of bytes to read";
    case HelperArgument::kMemoryOut: return "the address of bytes to write";
    case HelperArgument::kMemoryOrNull: return "the address of bytes to read, or null";
    case HelperArgument::kSize: return "a size of at least 1";
    case HelperArgument::kSizeOrZero: return "a size";
    case HelperArgument::kMemoryOutOrNull: return "the address of bytes to write, or null";
    case HelperArgument::kMemoryBefore: return "the address of bytes to read";
    case HelperArgument::kIntOut: return "the address of 4 bytes to write";
    case HelperArgument::kLongOut: return "the address of 8 bytes to write";
    case HelperArgument::kString: return "a string in a map that never changes";
    case HelperArgument::kRecord:
      return "a record from ringbuf_reserve, unmoved and not given back";
    case HelperArgument::kRecordSize: return "a constant size";
    case HelperArgument::kSpinLock: return "the bpf_spin_lock of a map's value";
    case HelperArgument::kFunction: return "a function of the program";
  }
  return "unknown";
}

}  // namespace weir
