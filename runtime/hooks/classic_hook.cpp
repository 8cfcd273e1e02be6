// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/classic_hook.h"

#include <fmt/format.h>

namespace weir {

namespace {

// struct xdp_md and struct __sk_buff.
constexpr int16_t kXdpData = 0, kXdpDataEnd = 4, kSkbData = 76, kSkbDataEnd = 80;

constexpr struct Row {
  ContextKind kind;
  ClassicTarget target;
} kRows[] = {
    {ContextKind::kMemory, {.packet = ClassicPacket::kBytes}},
    // 0 passes a packet there.
    {ContextKind::kIp, {.packet = ClassicPacket::kBytes, .verdicts = {{0, 1}}}},
    {ContextKind::kFrame, {.packet = ClassicPacket::kBytes, .verdicts = {{0, 1}}}},
    // XDP_PASS, XDP_DROP.
    {ContextKind::kXdp, {ClassicPacket::kPointers, kXdpData, kXdpDataEnd, false, {{2, 1}}}},
    {ContextKind::kSocketFilter, {.packet = ClassicPacket::kLegacy, .skb = true}},
    // TC_ACT_OK, TC_ACT_SHOT. A legacy load outside the packet would give TC_ACT_OK.
    {ContextKind::kSchedCls, {ClassicPacket::kPointers, kSkbData, kSkbDataEnd, true, {{0, 2}}}},
    {ContextKind::kSchedAct, {ClassicPacket::kPointers, kSkbData, kSkbDataEnd, true, {{0, 2}}}},
    {ContextKind::kCgroupSkb, {ClassicPacket::kPointers, kSkbData, kSkbDataEnd, true, {{1, 0}}}},
    // BPF_OK, BPF_DROP.
    {ContextKind::kLwtIn, {ClassicPacket::kPointers, kSkbData, kSkbDataEnd, true, {{0, 2}}}},
    {ContextKind::kLwtOut, {ClassicPacket::kPointers, kSkbData, kSkbDataEnd, true, {{0, 2}}}},
    {ContextKind::kLwtXmit, {ClassicPacket::kPointers, kSkbData, kSkbDataEnd, true, {{0, 2}}}},
};

}  // namespace

Result<ClassicTarget> classic_target(ContextKind kind) {
  std::string known;
  for (const Row& row : kRows) {
    if (row.kind == kind) return row.target;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", context_name(row.kind));
  }
  return Error(ErrorCode::kProgramUnsupported,
               fmt::format("a classic filter has no meaning at the hook kind '{}'",
                           context_name(kind)))
      .with_hint("it can be had at " + known);
}

}  // namespace weir
