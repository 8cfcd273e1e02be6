// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/chain.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/abi/host_hooks.h"
#include "runtime/hooks/packet_buffer.h"

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

uint64_t dropping_verdict(ContextKind kind) {
  if (is_host_context(kind)) return 1;
  switch (kind) {
    case ContextKind::kSchedCls:
    case ContextKind::kSchedAct:
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit:
    case ContextKind::kLwtSeg6Local:
    case ContextKind::kFlowDissector: return 2;  // TC_ACT_SHOT, BPF_DROP
    case ContextKind::kMemory:
    case ContextKind::kIp:
    case ContextKind::kFrame: return 1;
    default: return 0;
  }
}

namespace {

constexpr uint32_t kToldApart = 62;  // results from here on are one, but for TC_ACT_UNSPEC

std::string result_text(ContextKind kind, uint32_t result) {
  const std::string_view name = verdict_name(kind, result);
  return name.empty() ? std::to_string(result) : std::string(name);
}

std::optional<uint32_t> result_from_text(ContextKind kind, std::string_view text) {
  for (uint32_t result = 0; result < 256; ++result) {
    if (verdict_name(kind, result) == text) return result;
  }
  if (text == "-1" || text == verdict_name(kind, UINT32_MAX)) return UINT32_MAX;
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string verdict_set_text(ContextKind kind, const VerdictSet& set) {
  const bool others = set.contains(kToldApart);
  std::string listed;
  const auto list = [&](uint32_t result) {
    if (set.contains(result) == others) return;
    if (!listed.empty()) listed += ", ";
    listed += result_text(kind, result);
  };
  for (uint32_t result = 0; result < kToldApart; ++result) list(result);
  list(UINT32_MAX);
  VerdictSet large;
  large.insert(kToldApart);
  if (set == large) return fmt::format("{} and more", kToldApart);
  if (others) return listed.empty() ? "all" : "all but " + listed;
  return listed.empty() ? "none" : listed;
}

Result<VerdictSet> verdict_set_from_text(ContextKind kind, std::string_view text) {
  if (text == "all") return VerdictSet::all_but({});
  VerdictSet set;
  if (text == "none") return set;
  for (;;) {
    const size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    const auto result = one.empty() ? std::nullopt : result_from_text(kind, one);
    if (!result) {
      return Error(ErrorCode::kUsage,
                   fmt::format("'{}' is no result at '{}'", printable(one), context_name(kind)))
          .with_hint("names or numbers with commas between them, all, or none");
    }
    set.insert(*result);
    if (comma == std::string_view::npos) return set;
    text.remove_prefix(comma + 1);
  }
}

std::string_view chain_source_name(ChainSource source) {
  switch (source) {
    case ChainSource::kDefault: return "default";
    case ChainSource::kProgram: return "XDP_RUN_CONFIG";
    case ChainSource::kHost: return "option";
  }
  return "";
}

ChainRules chain_rules(ContextKind kind, const std::optional<RunConfig>& program,
                       std::optional<uint32_t> priority, std::optional<VerdictSet> go_on) {
  ChainRules rules{.go_on = default_go_on(kind)};
  if (program && kind == ContextKind::kXdp) {
    rules = {.priority = program->priority,
             .go_on = verdicts_from_actions(program->chain_call_actions),
             .priority_from = ChainSource::kProgram,
             .go_on_from = ChainSource::kProgram};
  }
  if (priority) {
    rules.priority = *priority;
    rules.priority_from = ChainSource::kHost;
  }
  if (go_on) {
    rules.go_on = *go_on;
    rules.go_on_from = ChainSource::kHost;
  }
  return rules;
}

Chain::Chain(ContextKind kind, std::vector<ChainLink> links)
    : kind_(kind), passing_(passing_verdict(kind)), links_(std::move(links)) {
  std::ranges::stable_sort(links_, [kind](const ChainLink& a, const ChainLink& b) {
    if (a.priority != b.priority) return a.priority < b.priority;
    return kind == ContextKind::kXdp && a.name < b.name;
  });
}

}  // namespace weir
