// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// <pcap/bpf.h> and the kernel's headers do not go together.
#include <pcap/pcap.h>

#include "tests/fuzz/oracles/classic.h"

namespace weir::test {

uint32_t run_in_libpcap(std::span<const ClassicInsn> insns, ByteSpan packet) {
  std::vector<bpf_insn> code;
  for (const ClassicInsn& insn : insns) code.push_back({insn.code, insn.jt, insn.jf, insn.k});
  const auto size = static_cast<uint32_t>(packet.size());
  return ::bpf_filter(code.data(), packet.data(), size, size);
}

std::vector<ClassicInsn> compile_in_libpcap(const std::string& expression, bool raw) {
  std::vector<ClassicInsn> insns;
  pcap_t* const pcap = ::pcap_open_dead(raw ? DLT_RAW : DLT_EN10MB, 262144);
  bpf_program program{};
  if (::pcap_compile(pcap, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) {
    for (const bpf_insn& insn : std::span(program.bf_insns, program.bf_len))
      insns.push_back({insn.code, insn.jt, insn.jf, insn.k});
    ::pcap_freecode(&program);
  }
  ::pcap_close(pcap);
  return insns;
}

}  // namespace weir::test
