// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libpcap's interpreter, which is what tcpdump and most others run classic filters in that they do
// not give to a kernel.
#include <pcap/pcap.h>

#include "runtime/hooks/classic_hook.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/compare/candidate.h"

namespace weir::tool {

namespace {

using measure::Packet;

class PcapRunner final : public measure::Runner {
 public:
  PcapRunner(std::vector<bpf_insn> code, ContextKind kind, const ClassicTarget& target)
      : code_(std::move(code)),
        verdicts_(target.verdicts),
        skipped_(begins_at_ip(kind) ? kEthernetHeader : 0) {}

  uint64_t run(std::span<const Packet> packets) override {
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      const auto size = static_cast<u_int>(packet.size - skipped_);
      sum += at_hook(::bpf_filter(code_.data(), packet.data + skipped_, size, size));
    }
    return sum;
  }
  ByteSpan left(const Packet& packet) const override {
    return {packet.data + skipped_, packet.size - skipped_};
  }

 private:
  // As the program that became of the filter says it.
  uint64_t at_hook(uint32_t length) const {
    if (!verdicts_) return length;
    return static_cast<uint32_t>(length != 0 ? verdicts_->accepted : verdicts_->rejected);
  }

  const std::vector<bpf_insn> code_;
  const std::optional<ClassicVerdicts> verdicts_;
  const size_t skipped_;  // hooks that begin at the IP header are given frames all the same
};

}  // namespace

Status build_pcap(const Subject& subject, measure::Inputs&, PluginCompiler&, Candidate& out) {
  if (subject.input->kind() != Input::Kind::kClassic)
    return Error(ErrorCode::kProgramUnsupported, "libpcap's interpreter runs classic filters");
  WEIR_TRY(const std::vector<ClassicInsn> insns, subject.input->classic().insns(subject.kind));
  WEIR_TRY(const ClassicTarget target, classic_target(subject.kind));
  std::vector<bpf_insn> code;
  for (const ClassicInsn& insn : insns) {
    if (is_ancillary(insn)) {
      return Error(ErrorCode::kProgramUnsupported,
                   "libpcap's interpreter knows no ancillary data of the kernel's");
    }
    code.push_back({insn.code, insn.jt, insn.jf, insn.k});
  }
  out.runner = std::make_unique<PcapRunner>(std::move(code), subject.kind, target);
  return {};
}

}  // namespace weir::tool
