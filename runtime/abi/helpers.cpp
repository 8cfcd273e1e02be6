// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/helpers.h"

#include <algorithm>
#include <initializer_list>

#include "runtime/abi/host_hooks.h"

namespace weir {

namespace {

constexpr uint64_t bit(ContextKind kind) {
  return uint64_t{1} << static_cast<unsigned>(kind);
}
// As helpers.def names them.
constexpr uint64_t kNoHook = 0;
constexpr uint64_t kAnyHook = ~uint64_t{0};
constexpr uint64_t kXdpHook = bit(ContextKind::kXdp);
constexpr uint64_t kTcHooks = bit(ContextKind::kSchedCls) | bit(ContextKind::kSchedAct);
constexpr uint64_t kLwtHooks = bit(ContextKind::kLwtIn) | bit(ContextKind::kLwtOut) |
                               bit(ContextKind::kLwtXmit) | bit(ContextKind::kLwtSeg6Local);
constexpr uint64_t kSkSkbHook = bit(ContextKind::kSkSkb);
constexpr uint64_t kReuseportHook = bit(ContextKind::kSkReuseport);
constexpr uint64_t kSkbHooks =
    kTcHooks | kLwtHooks | bit(ContextKind::kSocketFilter) | bit(ContextKind::kCgroupSkb);
constexpr uint64_t kPacketHooks = kXdpHook | kTcHooks | kLwtHooks;
// Those of the kernel: with a context. A host says what its own may call.
constexpr uint64_t kKernelHooks =
    ((uint64_t{1} << kContextCount) - 1) &
    ~(bit(ContextKind::kMemory) | bit(ContextKind::kIp) | bit(ContextKind::kFrame));
constexpr uint64_t kChangeHooks = kTcHooks | bit(ContextKind::kLwtXmit);
constexpr uint64_t kRedirectHooks = kXdpHook | kChangeHooks;
constexpr uint64_t kForwardHooks = kXdpHook | kTcHooks;
constexpr uint64_t kUidHooks =
    kTcHooks | kSkSkbHook | bit(ContextKind::kSocketFilter) | bit(ContextKind::kCgroupSkb);
constexpr uint64_t kSocketHooks = kUidHooks | kReuseportHook | bit(ContextKind::kCgroupSock) |
                                  bit(ContextKind::kCgroupSockAddr) | bit(ContextKind::kSockOps);
constexpr uint64_t kLoadHooks =
    kSkbHooks | kSkSkbHook | kReuseportHook | bit(ContextKind::kFlowDissector);
constexpr uint64_t kEcnHooks = kTcHooks | bit(ContextKind::kCgroupSkb);
constexpr uint64_t kKprobeHook = bit(ContextKind::kKprobe);
constexpr uint64_t kTracingHooks = kKprobeHook | bit(ContextKind::kTracepoint) |
                                   bit(ContextKind::kRawTracepoint) | bit(ContextKind::kPerfEvent) |
                                   bit(ContextKind::kTracing);
constexpr uint64_t kSockOpsHook = bit(ContextKind::kSockOps);
constexpr uint64_t kSkMsgHook = bit(ContextKind::kSkMsg);
constexpr uint64_t kSockoptHooks = kSockOpsHook | bit(ContextKind::kCgroupSockAddr);
constexpr uint64_t kNetnsHooks = kTcHooks | kSockOpsHook | kSkMsgHook |
                                 bit(ContextKind::kSocketFilter) | bit(ContextKind::kCgroupSkb) |
                                 bit(ContextKind::kCgroupSock) | bit(ContextKind::kCgroupSockAddr) |
                                 bit(ContextKind::kCgroupSockopt);
constexpr uint64_t kLookupHooks = kXdpHook | kTcHooks | kSkSkbHook | bit(ContextKind::kCgroupSkb) |
                                  bit(ContextKind::kCgroupSockAddr);
constexpr uint64_t kReleaseHooks = kLookupHooks | bit(ContextKind::kSkLookup);
constexpr uint64_t kTcpSockHooks =
    kEcnHooks | bit(ContextKind::kSockOps) | bit(ContextKind::kCgroupSockopt);
constexpr uint64_t kPerfEventHook = bit(ContextKind::kPerfEvent);
constexpr uint64_t kTunnelHooks = kTcHooks | bit(ContextKind::kLwtXmit);

constexpr HelperInfo make(uint32_t number, std::string_view name, HelperSet set, uint64_t hooks,
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
#define WEIR_CALLBACK_HELPER(number, name, hooks, ...)                                            \
  make(number, name, HelperSet::kKernel, hooks, HelperResult::kInteger, HelperEffect::kCallsBack, \
       {__VA_ARGS__}),
#include "runtime/abi/helpers.def"
#undef WEIR_HELPER
#undef WEIR_CALLBACK_HELPER
  });
}();

constexpr std::string_view kSetNames[] = {"none", "conformance", "kernel"};

}  // namespace

bool follows_text(const HelperInfo& helper) {
  constexpr uint32_t kTracePrintk = 6, kSnprintf = 165, kTraceVprintk = 177;
  return helper.set == HelperSet::kKernel &&
         (helper.number == kTracePrintk || helper.number == kSnprintf ||
          helper.number == kTraceVprintk);
}

bool gives_socket(const HelperInfo& helper) {
  return helper.result == HelperResult::kSockCommonOrNull ||
         helper.result == HelperResult::kSocketOrNull ||
         helper.result == HelperResult::kTcpSocketOrNull;
}

bool finds_socket(const HelperInfo& helper) {
  return gives_socket(helper) && helper.arguments[0] != HelperArgument::kSocket;
}

bool takes_things(const HelperInfo& helper) {
  return finds_socket(helper) || helper.result == HelperResult::kRecordOrNull ||
         helper.effect == HelperEffect::kLocks ||
         std::ranges::find(helper.arguments, HelperArgument::kRingbufDynptrOut) !=
             helper.arguments.end();
}

std::span<const HelperInfo> all_helpers() {
  return kHelpers;
}

const HelperInfo* find_helper(HelperSet set, uint64_t number) {
  if (static_cast<uint8_t>(set) >= kHelperSetCount) {
    for (const HelperInfo& helper : host_helpers(set)) {
      if (helper.number == number) return &helper;
    }
    set = base_set(set);
  }
  for (const HelperInfo& helper : kHelpers) {
    if (helper.number == number && helper.set == set) return &helper;
  }
  return nullptr;
}

HelperSet default_helpers(ContextKind kind) {
  return kind == ContextKind::kMemory ? HelperSet::kNone : HelperSet::kKernel;
}

std::string_view helper_set_name(HelperSet set) {
  const auto index = static_cast<size_t>(set);
  return index < kHelperSetCount ? kSetNames[index] : "host";
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
    case HelperArgument::kMemoryBefore: return "an address";
    case HelperArgument::kIntOut: return "the address of 4 bytes to write";
    case HelperArgument::kLongOut: return "the address of 8 bytes to write";
    case HelperArgument::kString: return "a string in a map that never changes";
    case HelperArgument::kRecord:
      return "a record from ringbuf_reserve, unmoved and not given back";
    case HelperArgument::kRecordSize: return "a constant size";
    case HelperArgument::kSpinLock: return "the bpf_spin_lock of a map's value";
    case HelperArgument::kFunction: return "a function of the program";
    case HelperArgument::kMapKeyOut: return "the address of room for a key of the map";
    case HelperArgument::kMapCursor: return "the address of a walk over the map";
    case HelperArgument::kContextOrNull: return "the context, or null";
    case HelperArgument::kStackOrNull: return "a pointer to the stack, or null";
    case HelperArgument::kDynptr: return "the address of a dynptr on the stack";
    case HelperArgument::kRingbufDynptr:
      return "the address of a dynptr on the stack, of a ring buffer";
    case HelperArgument::kDynptrOut:
    case HelperArgument::kRingbufDynptrOut:
      return "the address of 16 aligned bytes of stack, where no reserved dynptr is";
    case HelperArgument::kDynptrMemory: return "the address of bytes of a map's value";
    case HelperArgument::kSocket: return "a socket that is not null, unmoved and not released";
  }
  return "unknown";
}

}  // namespace weir
