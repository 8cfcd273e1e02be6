// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/classic_input.h"

#include <pcap/pcap.h>

#include <memory>

#include <fmt/format.h>

#include "frontend/isa/cbpf_convert.h"
#include "frontend/support/text.h"
#include "runtime/hooks/classic_hook.h"
#include "runtime/hooks/packet_buffer.h"

namespace weir::tool {

namespace {

// tcpdump's default: what a filter gives for a packet that it takes.
constexpr int kSnapLength = 262144;
constexpr size_t kMostExpression = 65536;

struct ClosePcap {
  void operator()(pcap_t* pcap) const { ::pcap_close(pcap); }
};

Result<int> link_type_of(const PcapExpression& expression, ContextKind kind) {
  if (expression.link_type.empty())
    return kind == ContextKind::kIp || begins_at_ip(kind) ? DLT_RAW : DLT_EN10MB;
  const int found = ::pcap_datalink_name_to_val(expression.link_type.c_str());
  if (found >= 0) return found;
  return Error(ErrorCode::kUsage,
               fmt::format("libpcap knows no link type '{}'", printable(expression.link_type)))
      .with_hint("names are those that tcpdump -L shows, as EN10MB, RAW, LINUX_SLL");
}

Result<std::vector<ClassicInsn>> compile(const PcapExpression& expression, ContextKind kind) {
  if (expression.text.size() > kMostExpression) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the expression has more than {} bytes", kMostExpression));
  }
  WEIR_TRY(const int link_type, link_type_of(expression, kind));
  const std::unique_ptr<pcap_t, ClosePcap> pcap(::pcap_open_dead(link_type, kSnapLength));
  if (!pcap) return Error(ErrorCode::kOutOfMemory, "there is no memory for libpcap");
  bpf_program program{};
  if (::pcap_compile(pcap.get(), &program, expression.text.c_str(), /*optimize=*/1,
                     PCAP_NETMASK_UNKNOWN) != 0) {
    return Error(ErrorCode::kUsage,
                 fmt::format("libpcap does not take '{}' for {}: {}", printable(expression.text),
                             ::pcap_datalink_val_to_name(link_type),
                             printable(::pcap_geterr(pcap.get()))))
        .with_hint("man pcap-filter describes the expressions");
  }
  std::vector<ClassicInsn> insns;
  for (const bpf_insn& insn : std::span(program.bf_insns, program.bf_len))
    insns.push_back({insn.code, insn.jt, insn.jf, insn.k});
  ::pcap_freecode(&program);
  return insns;
}

bool is_text(ByteSpan bytes) {
  return as_text(bytes).find_first_not_of("\t\n\r ,{};0123456789abcdefABCDEFxX") ==
         std::string_view::npos;
}

}  // namespace

std::optional<PcapExpression> pcap_expression(std::string_view path) {
  if (path.starts_with("pcap:")) return PcapExpression{std::string(path.substr(5)), {}};
  const size_t colon = path.find(':');
  if (!path.starts_with("pcap/") || colon == std::string_view::npos) return std::nullopt;
  const std::string_view link_type = path.substr(5, colon - 5);
  // A folder of that name may have files with a colon.
  if (link_type.empty() || link_type.find('/') != std::string_view::npos) return std::nullopt;
  return PcapExpression{std::string(path.substr(colon + 1)), std::string(link_type)};
}

Result<ClassicFilter> ClassicFilter::from_bytes(ByteSpan bytes, const std::string& name) {
  ClassicFilter filter;
  filter.name_ = name;
  WEIR_TRY(filter.insns_,
           is_text(bytes) ? read_classic_text(as_text(bytes)) : read_classic_bytes(bytes));
  WEIR_CHECK(check_classic(filter.insns_));
  return filter;
}

Result<ClassicFilter> ClassicFilter::from_expression(PcapExpression expression) {
  WEIR_CHECK(compile(expression, ContextKind::kFrame));
  ClassicFilter filter;
  filter.name_ = to_identifier(expression.text);
  filter.expression_ = std::move(expression);
  return filter;
}

Result<std::vector<ClassicInsn>> ClassicFilter::insns(ContextKind kind) const {
  if (expression_) return compile(*expression_, kind);
  return std::vector<ClassicInsn>(insns_);
}

Result<Program> ClassicFilter::program(ContextKind kind) const {
  WEIR_TRY(const ClassicTarget target, classic_target(kind));
  WEIR_TRY(const std::vector<ClassicInsn> classic, insns(kind));
  WEIR_TRY(Program program, convert_classic(classic, target, name_));
  // The section's type, to those who load it into the kernel.
  if (kind == context_from_section(kClassicSection)) program.section = kClassicSection;
  return program;
}

void PcapFilterOption::add_to(std::vector<std::string>& files) const {
  if (expression) {
    files.push_back(link_type.empty() ? "pcap:" + *expression
                                      : fmt::format("pcap/{}:{}", link_type, *expression));
  }
  if (files.empty()) throw CLI::RequiredError("A file or --pcap-filter");
}

void PcapFilterOption::add_to(std::string& file) const {
  if (expression && !file.empty())
    throw CLI::ValidationError("--pcap-filter", "there is a file already");
  std::vector<std::string> files;
  if (!file.empty()) files.push_back(file);
  add_to(files);
  file = files.front();
}

void add_pcap_filter(CLI::App& command, PcapFilterOption& option) {
  // An empty expression takes every packet.
  auto* expression =
      command
          .add_option_function<std::string>(
              "--pcap-filter", [&option](const std::string& text) { option.expression = text; },
              "In place of a file: what tcpdump takes, as 'tcp port 80' (the same "
              "as the file\nname 'pcap:tcp port 80')")
          ->type_name("EXPR");
  command
      .add_option("--link-type", option.link_type,
                  "The link type that --pcap-filter is for, as libpcap names it (default: EN10MB, "
                  "or RAW\nwhere packets begin at the IP header)")
      ->type_name("NAME")
      ->needs(expression);
}

}  // namespace weir::tool
