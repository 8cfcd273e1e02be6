// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Classic filters as the commands take them: a file with one (tcpdump -ddd, xt_bpf, struct
// sock_filter), or, in place of a file, an expression that libpcap compiles. What eBPF they become
// depends on the hook, and is made when the program is loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/isa/cbpf.h"
#include "frontend/isa/program.h"
#include "runtime/abi/contexts.h"
#include "tools/command.h"

namespace weir::tool {

// "pcap:tcp port 80" is the filter of that expression; "pcap/LINUX_SLL:tcp" for frames of that link
// type, by libpcap's names. "./pcap:x" is a file.
struct PcapExpression {
  std::string text;
  std::string link_type;  // empty: as the hook's packets begin
};
std::optional<PcapExpression> pcap_expression(std::string_view path);

class ClassicFilter {
 public:
  // Of a file: text, or the bytes of struct sock_filter.
  static Result<ClassicFilter> from_bytes(ByteSpan bytes, const std::string& name);
  // The expression is read once here, so that mistakes in it are told at once.
  static Result<ClassicFilter> from_expression(PcapExpression expression);

  const std::string& name() const { return name_; }
  // The classic program for packets at a hook.
  Result<std::vector<ClassicInsn>> insns(ContextKind kind) const;
  // What runs there.
  Result<Program> program(ContextKind kind) const;

 private:
  std::string name_;
  std::vector<ClassicInsn> insns_;  // of a file
  std::optional<PcapExpression> expression_;
};

// --pcap-filter and --link-type, which stand for a file. The command's callback adds it to what was
// given, which must not be empty then (CLI::RequiredError): the option FILE cannot be required.
struct PcapFilterOption {
  std::optional<std::string> expression;
  std::string link_type;
  void add_to(std::vector<std::string>& files) const;
  // One file at most (CLI::ValidationError).
  void add_to(std::string& file) const;
};
void add_pcap_filter(CLI::App& command, PcapFilterOption& option);

}  // namespace weir::tool
