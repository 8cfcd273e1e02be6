// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/chain.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weir {

namespace {
constexpr int32_t kXdpPass = 2;
constexpr int32_t kTcUnspec = -1, kTcOk = 0, kTcPipe = 3;
constexpr int32_t kBpfOk = 0;
constexpr int32_t kSkPass = 1;
constexpr int32_t kDissectorContinue = 129;  // BPF_FLOW_DISSECTOR_CONTINUE
constexpr uint32_t kXdpActions = 5;          // XDP_ABORTED to XDP_REDIRECT
}  // namespace

VerdictSet default_go_on(ContextKind kind) {
  switch (kind) {
    case ContextKind::kXdp: return {kXdpPass};
    case ContextKind::kSchedCls:
    case ContextKind::kSchedAct: return {kTcUnspec, kTcPipe};
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit:
    case ContextKind::kLwtSeg6Local: return {kBpfOk};
    case ContextKind::kSocketFilter: return VerdictSet::all_but({0});
    case ContextKind::kCgroupSkb: return {1, 3};  // bit 0: let it pass, bit 1: congestion
    case ContextKind::kSkSkb:
    case ContextKind::kSkMsg:
    case ContextKind::kSkReuseport:
    case ContextKind::kSkLookup:
    case ContextKind::kSockOps:
    case ContextKind::kCgroupSock:
    case ContextKind::kCgroupSockAddr:
    case ContextKind::kCgroupSockopt:
    case ContextKind::kCgroupSysctl:
    case ContextKind::kCgroupDevice: return {kSkPass};
    case ContextKind::kFlowDissector: return {kDissectorContinue};
    case ContextKind::kKprobe:
    case ContextKind::kTracepoint:
    case ContextKind::kRawTracepoint:
    case ContextKind::kPerfEvent:
    case ContextKind::kTracing: return VerdictSet::all_but({});  // nobody judges
    case ContextKind::kMemory:
    case ContextKind::kIp:
    case ContextKind::kFrame: return {0};
  }
  return {};
}

VerdictSet verdicts_from_actions(uint32_t chain_call_actions) {
  VerdictSet set;
  for (uint32_t action = 0; action < kXdpActions; ++action) {
    if ((chain_call_actions >> action & 1) != 0) set.insert(action);
  }
  return set;
}

uint64_t passing_verdict(ContextKind kind) {
  switch (kind) {
    case ContextKind::kXdp: return kXdpPass;
    case ContextKind::kSchedCls:
    case ContextKind::kSchedAct: return kTcOk;
    case ContextKind::kSocketFilter: return UINT32_MAX;
    case ContextKind::kCgroupSkb:
    case ContextKind::kSkSkb:
    case ContextKind::kSkMsg:
    case ContextKind::kSkReuseport:
    case ContextKind::kSkLookup:
    case ContextKind::kSockOps:
    case ContextKind::kCgroupSock:
    case ContextKind::kCgroupSockAddr:
    case ContextKind::kCgroupSockopt:
    case ContextKind::kCgroupSysctl:
    case ContextKind::kCgroupDevice: return kSkPass;
    case ContextKind::kFlowDissector: return kDissectorContinue;
    default: return 0;
  }
}

Chain::Chain(ContextKind kind, std::vector<ChainLink> links)
    : kind_(kind), passing_(passing_verdict(kind)), links_(std::move(links)) {
  std::ranges::stable_sort(links_, [](const ChainLink& a, const ChainLink& b) {
    return std::tie(a.priority, a.name) < std::tie(b.priority, b.name);
  });
}

}  // namespace weir
