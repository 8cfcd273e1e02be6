// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir disasm: bytecode as text that weir asm takes back.
#include <fmt/format.h>

#include "frontend/isa/disassembler.h"
#include "frontend/support/text.h"
#include "runtime/abi/helpers.h"
#include "tools/inputs.h"
#include "tools/output.h"

namespace weir::tool {

namespace {

struct DisasmCommand {
  PcapFilterOption pcap_filter;
  std::string file, hex;
  std::optional<ContextKind> at;  // of a classic filter
  Dialect dialect = Dialect::kKernel;
  bool source = false, bytes = false, plain = false, numbers_hex = false;
  ProgramChoice program;
  std::optional<HelperSet> helpers;
  OutputOptions out;
};

std::optional<Dialect> dialect_from_name(std::string_view name) {
  if (name == "kernel") return Dialect::kKernel;
  if (name == "ubpf") return Dialect::kUbpf;
  return std::nullopt;
}

Json program_json(const DisasmCommand& command, const Program& program, const DisasmNames& names) {
  Json insns = Json::array();
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const Location where = program.locate(i);
    Json insn = {{"instruction", program.insns[i].slot},
                 {"text", disassemble_one(program.insns[i], command.dialect, &names)}};
    if (where.source_line != 0) {
      insn["source_file"] = printable(where.source_file, 4096);
      insn["source_line"] = where.source_line;
      insn["source_text"] = printable(where.source_text, 4096);
    }
    insns.push_back(std::move(insn));
  }
  return {{"name", printable(program.name)},
          {"section", printable(program.section)},
          {"instructions", std::move(insns)}};
}

Exit run(const DisasmCommand& command) {
  if (command.file.empty() == command.hex.empty()) {
    return fail(Error(ErrorCode::kUsage, "one input is needed: a FILE, - or --hex"), command.out);
  }
  auto input =
      command.hex.empty() ? Input::read(command.file) : Input::from_hex(command.hex, "--hex");
  if (!input) return fail(input.error(), command.out);
  auto refs = input->choose(command.program);
  if (!refs) return fail(refs.error(), command.out);

  Json programs = Json::array();
  Exit exit = Exit::kOk;
  const char* gap = "";
  for (const ProgramRef& ref : *refs) {
    auto program = input->load(ref, command.at);
    if (!program) {
      print_error(program.error());
      if (command.out.as_json()) {
        programs.push_back({{"name", printable(ref.name)}, {"error", to_json(program.error())}});
      }
      exit = Exit::kFailed;
      continue;
    }
    DisassembleOptions options;
    options.slots = !command.plain;
    options.bytes = command.bytes;
    options.labels = true;
    options.hex = command.numbers_hex;
    options.source = command.source;
    options.names.program = &*program;
    const HelperSet set =
        command.helpers.value_or(default_helpers(context_from_section(ref.section)));
    options.names.helper = [set](int32_t number) {
      const HelperInfo* helper =
          number < 0 ? nullptr : find_helper(set, static_cast<uint64_t>(number));
      return helper != nullptr ? helper->name : std::string_view();
    };
    if (command.out.as_json()) {
      programs.push_back(program_json(command, *program, options.names));
      continue;
    }
    // A comment to the assembler.
    fmt::print("{}# {}\n{}", gap, program_label(ref.name, ref.section),
               disassemble(*program, command.dialect, options));
    gap = "\n";
  }
  if (command.out.as_json()) print_json({{"programs", std::move(programs)}}, command.out);
  return exit;
}

}  // namespace

void add_disasm_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("disasm", "Show bytecode as text");
  auto command = std::make_shared<DisasmCommand>();
  sub->add_option("FILE", command->file, "BPF object, native object, .hex, .bin or .cbpf");
  add_pcap_filter(*sub, command->pcap_filter);
  sub->add_option("--hex", command->hex, "The bytecode itself, as hex digits")->type_name("BYTES");
  add_named(*sub, "--dialect", command->dialect, dialect_from_name, "kernel|ubpf",
            "kernel: r0 = *(u32 *)(r1 + 16), as LLVM and bpftool write (default); ubpf: "
            "ldxw %r0, [%r1+16], as uBPF and bpf_conformance write");
  sub->add_flag("-S,--source", command->source, "Source lines in between");
  sub->add_flag("--bytes", command->bytes, "Raw bytes of each instruction");
  sub->add_flag("--plain", command->plain, "No instruction numbers");
  sub->add_flag("--hex-numbers", command->numbers_hex, "Numbers in hexadecimal");
  add_program_choice(*sub, command->program);
  add_helpers(*sub, command->helpers);
  add_at(*sub, command->at);
  add_output_options(*sub, command->out);
  sub->footer(
      "Example:\n"
      "  weir disasm --source ip_dst.bpf.o\n"
      "  weir disasm --dialect ubpf --plain ip_dst.bpf.o > ip_dst.s");
  sub->callback([command, &exit] {
    if (command->pcap_filter.expression) command->pcap_filter.add_to(command->file);
    exit = run(*command);
  });
}

}  // namespace weir::tool
