// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libpcap's interpreter, which is what tcpdump and most others run classic filters in that they do
// not give to a kernel.
#include <pcap/pcap.h>

#include <fmt/format.h>

#include "tools/compare/classic_at_hook.h"

namespace weir::tool {

namespace {

using measure::Packet;

class PcapRunner final : public measure::Runner {
 public:
  PcapRunner(std::vector<bpf_insn> code, ClassicAtHook filter)
      : code_(std::move(code)), filter_(std::move(filter)) {}

  uint64_t run(std::span<const Packet> packets) override {
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      const auto size = static_cast<u_int>(packet.size - filter_.skipped);
      sum += filter_.verdict(::bpf_filter(code_.data(), packet.data + filter_.skipped, size, size));
    }
    return sum;
  }
  ByteSpan left(const Packet& packet) const override {
    return {packet.data + filter_.skipped, packet.size - filter_.skipped};
  }

 private:
  const std::vector<bpf_insn> code_;
  const ClassicAtHook filter_;
};

}  // namespace

Result<ClassicAtHook> ClassicAtHook::of(const Subject& subject, std::string_view who) {
  if (subject.input->kind() != Input::Kind::kClassic)
    return Error(ErrorCode::kProgramUnsupported, fmt::format("{} runs classic filters", who));
  ClassicAtHook out;
  WEIR_TRY(out.insns, subject.input->classic().insns(subject.kind));
  WEIR_TRY(const ClassicTarget target, classic_target(subject.kind));
  out.verdicts = target.verdicts;
  out.skipped = begins_at_ip(subject.kind) ? kEthernetHeader : 0;
  for (const ClassicInsn& insn : out.insns) {
    if (is_ancillary(insn)) {
      return Error(ErrorCode::kProgramUnsupported,
                   fmt::format("{} knows no ancillary data of the kernel's", who));
    }
  }
  return out;
}

Status build_pcap(const Subject& subject, measure::Inputs&, PluginCompiler&, Candidate& out) {
  WEIR_TRY(ClassicAtHook filter, ClassicAtHook::of(subject, "libpcap's interpreter"));
  std::vector<bpf_insn> code;
  for (const ClassicInsn& insn : filter.insns)
    code.push_back({insn.code, insn.jt, insn.jf, insn.k});
  out.runner = std::make_unique<PcapRunner>(std::move(code), std::move(filter));
  return {};
}

}  // namespace weir::tool
