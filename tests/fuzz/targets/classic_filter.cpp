// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Classic filters as text and as bytes. What the checker takes becomes a program at every hook that
// strict accepts without a guard, and that does on a packet what it does at the others. The first
// byte says how the rest is read, the next sixteen are the packet's.
#include <algorithm>

#include "frontend/isa/cbpf_convert.h"
#include "frontend/isa/disassembler.h"
#include "frontend/verifier/verifier.h"
#include "runtime/hooks/classic_hook.h"
#include "runtime/interp/interpreter.h"
#include "tests/fuzz/oracles/interpreter.h"
#include "tests/fuzz/targets/target.h"
#include "tests/support/programs.h"

using namespace weir;
using namespace weir::test;

namespace {

constexpr size_t kPacketBytes = 16;
// Longer ones are only read: strict walks every path of six programs.
constexpr size_t kMostInsns = 40;

// What the filter gives at a hook; null if the hook cannot run it.
std::optional<uint64_t> run_at(ContextKind kind, std::span<const ClassicInsn> insns,
                               ByteSpan packet) {
  auto program = convert_classic(insns, *classic_target(kind), "fuzz");
  if (!program) {
    fuzz::promise(program.error().code() == ErrorCode::kProgramUnsupported,
                  "what is checked can be converted");
    return std::nullopt;
  }
  CompileOptions options = test_options();
  options.context = kind;
  options.helpers = default_helpers(kind);
  options.policy = Policy::kStrict;
  const std::string listing = disassemble(*program, Dialect::kKernel, {.slots = true});
  const auto verified = verify(std::move(*program), options);
  if (!verified) fuzz::broken("strict refuses: " + verified.error().to_string() + "\n" + listing);
  const auto code = InterpCode::make(*verified);
  fuzz::promise(code.has_value(), "what is verified can be interpreted");
  const Runnable runnable = [&](ExecContext* context, void* bytes, uint64_t n) {
    return (*code)->run(context, bytes, n);
  };
  RunInput input;
  input.context = kind;
  input.helper_set = options.helpers;
  input.memory.assign(packet.begin(), packet.end());
  static GuardedMemory memory(kPacketBytes);
  const Judged judged = judge(runnable, *verified, input, memory);
  if (!judged.broken.empty()) fuzz::broken(judged.broken + "\n" + listing);
  if (!judged.outcome) return std::nullopt;
  fuzz::promise(judged.outcome->trap.code == TrapCode::kNone, "no trap in a converted filter");
  return judged.outcome->r0;
}

// The packet's length is in the context there, and the test bench puts something else into it.
bool reads_length(std::span<const ClassicInsn> insns) {
  return std::ranges::any_of(insns, [](const ClassicInsn& insn) {
    return cbpf::cls(insn.code) <= cbpf::kLdx && cbpf::mode(insn.code) == cbpf::kLen;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 + kPacketBytes) return 0;
  const ByteSpan rest = ByteSpan(data, size).subspan(1 + kPacketBytes);
  const ByteSpan packet = ByteSpan(data + 1, kPacketBytes).first(data[0] >> 1 & 15);
  const auto insns =
      (data[0] & 1) != 0 ? read_classic_text(as_text(rest)) : read_classic_bytes(rest);
  if (!insns) {
    (void)insns.error().to_string();
    return 0;
  }
  for (size_t i = 0; i < insns->size(); ++i) (void)classic_text((*insns)[i], i);
  const auto again = read_classic_text(write_classic_text(*insns));
  fuzz::promise(again && *again == *insns, "what is written is what was read");
  if (const Status checked = check_classic(*insns); !checked) {
    (void)checked.error().to_string();
    return 0;
  }
  if (insns->size() > kMostInsns) return 0;
  const auto length = run_at(ContextKind::kMemory, *insns, packet);
  if (!length) return 0;
  for (const ContextKind kind : {ContextKind::kFrame, ContextKind::kXdp, ContextKind::kSocketFilter,
                                 ContextKind::kSchedCls}) {
    const ClassicTarget target = *classic_target(kind);
    const auto result = run_at(kind, *insns, packet);
    if (!result || (target.skb && reads_length(*insns))) continue;
    // Offsets below zero that X leads to, and what lies behind byte 65535: of legacy loads only.
    if (target.packet == ClassicPacket::kLegacy && *result != *length) {
      fuzz::promise(*length == 0, "a legacy load finds what others find");
      continue;
    }
    const uint64_t expected = !target.verdicts ? *length
                              : *length != 0   ? static_cast<uint32_t>(target.verdicts->accepted)
                                               : static_cast<uint32_t>(target.verdicts->rejected);
    if (*result != expected) {
      fuzz::broken("another result at " + std::string(context_name(kind)) + ": " +
                   write_classic_text(*insns));
    }
  }
  return 0;
}
