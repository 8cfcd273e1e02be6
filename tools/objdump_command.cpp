// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir objdump: what became of each source line. Under a line stand its instructions, and under an
// instruction the LLVM IR and the machine code made for it. The optimiser moves, merges and splits:
// so machine code is grouped by the instruction it belongs to, each line with its address, and what
// belongs to none (entry, frame) comes first.
#include <fmt/format.h>

#include <map>

#include "frontend/isa/disassembler.h"
#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "runtime/hooks/chain.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/plugin_compiler.h"

namespace weir::tool {

namespace {

struct ObjdumpCommand {
  PcapFilterOption pcap_filter;
  std::string file;
  bool source = false, bpf = false, ir = false, opt_ir = false, machine = false;
  ProgramChoice program;
  CompileChoice compile;
  OutputOptions out;
};

// One form of the code, by instruction; -1 for what belongs to none.
struct CodeForm {
  const char* key;   // in JSON
  const char* mark;  // in front of a line of text
  std::map<int64_t, std::vector<ListingLine>> lines;
};

Result<CodeForm> list_form(PluginCompiler& compiler, const VerifiedProgram& program, Listing what,
                           const char* key, const char* mark) {
  WEIR_TRY(std::vector<ListingLine> lines, compiler.list_code(program, what));
  CodeForm form{key, mark, {}};
  for (ListingLine& line : lines) {
    const bool known = line.insn && *line.insn < program.program().insns.size();
    form.lines[known ? int64_t{*line.insn} : -1].push_back(std::move(line));
  }
  return form;
}

Json lines_json(const std::vector<ListingLine>& lines) {
  Json out = Json::array();
  for (const ListingLine& line : lines) {
    Json one = {{"text", printable(line.text, 4096)}};
    if (line.size != 0) {
      one["address"] = line.address;
      one["size"] = line.size;
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::string without_blanks(const std::string& text) {
  const size_t start = text.find_first_not_of(" \t");
  std::string out = start == std::string::npos ? "" : text.substr(start);
  for (char& c : out) {
    if (c == '\t') c = ' ';
  }
  return out;
}

class Dump {
 public:
  Dump(const ObjdumpCommand& command, const VerifiedProgram& verified,
       const std::vector<CodeForm>& forms)
      : command_(command), program_(verified.program()), facts_(verified.facts()), forms_(forms) {
    names_.program = &program_;
  }

  void print() const {
    fmt::print("{}:\n", program_label(program_.name, program_.section));
    print_forms(-1);
    const LineInfo* last = nullptr;
    for (uint32_t i = 0; i < program_.insns.size(); ++i) {
      if (command_.source) print_source(i, last);
      if (command_.bpf) {
        fmt::print("{:>6}: {}{}\n", program_.insns[i].slot, instruction(i),
                   facts_.insns[i].reached ? "" : "  # never reached");
      }
      print_forms(i);
    }
  }

  Json json() const {
    Json insns = Json::array();
    for (uint32_t i = 0; i < program_.insns.size(); ++i) {
      Json insn = {{"instruction", program_.insns[i].slot}, {"bpf", instruction(i)}};
      if (const LineInfo* line = program_.line_of(i)) {
        insn["source_file"] = printable(program_.source_files[line->file], 4096);
        insn["source_line"] = line->line;
        insn["source_text"] = printable(line->text, 4096);
      }
      add_forms(insn, i);
      insns.push_back(std::move(insn));
    }
    Json out = {{"name", printable(program_.name)}, {"section", printable(program_.section)}};
    add_forms(out, -1);
    out["instructions"] = std::move(insns);
    return out;
  }

 private:
  std::string instruction(uint32_t insn) const {
    return disassemble_one(program_.insns[insn], Dialect::kKernel, &names_);
  }

  void print_source(uint32_t insn, const LineInfo*& last) const {
    const LineInfo* line = program_.line_of(insn);
    const bool same = line == last || (line != nullptr && last != nullptr &&
                                       line->line == last->line && line->file == last->file);
    last = line;
    if (line == nullptr || same) return;
    fmt::print("; {}:{}: {}\n", printable(program_.source_files[line->file], 1024), line->line,
               printable(without_blanks(line->text), 400));
  }

  void print_forms(int64_t insn) const {
    for (const CodeForm& form : forms_) {
      const auto found = form.lines.find(insn);
      if (found == form.lines.end()) continue;
      for (const ListingLine& line : found->second) {
        const std::string text = printable(without_blanks(line.text), 400);
        if (line.size != 0) {
          fmt::print("{:8}{} {:>6x}: {}\n", "", form.mark, line.address, text);
        } else {
          fmt::print("{:8}{} {}\n", "", form.mark, text);
        }
      }
    }
  }

  void add_forms(Json& to, int64_t insn) const {
    for (const CodeForm& form : forms_) {
      const auto found = form.lines.find(insn);
      if (found != form.lines.end()) to[form.key] = lines_json(found->second);
    }
  }

  const ObjdumpCommand& command_;
  const Program& program_;
  const Facts& facts_;
  const std::vector<CodeForm>& forms_;
  DisasmNames names_;
};

Json manifest_json(const Manifest& manifest) {
  Json programs = Json::array();
  for (const ManifestProgram& program : manifest.programs) {
    programs.push_back({{"name", printable(program.name)},
                        {"section", printable(program.section)},
                        {"symbol", program.symbol},
                        {"at", context_name(program.context)},
                        {"helpers", helper_set_name(program.helpers)},
                        {"entry", program.entry},
                        {"accesses", program.accesses},
                        {"proven", program.proven}});
    if (const auto& config = program.run_config) {
      programs.back()["run_config"] = {{"priority", config->priority},
                                       {"chain_call_actions", config->chain_call_actions}};
    }
  }
  return {{"abi", manifest.abi},
          {"compiler", manifest.compiler},
          {"arch", arch_name(manifest.cpu.arch)},
          {"cpu", cpu_to_string(manifest.cpu)},
          {"policy", policy_name(manifest.policy)},
          {"opt_level", opt_level_name(manifest.opt_level)},
          {"analysis", manifest.analysis},
          {"code_bytes", manifest.code_size},
          {"programs", std::move(programs)}};
}

// A native object: what it says of itself, and the bytecode it carries.
Exit dump_native(const ObjdumpCommand& command, const Input& input,
                 const std::vector<ProgramRef>& refs) {
  const Manifest& manifest = input.native().manifest();
  Json programs = Json::array();
  if (!command.out.as_json()) {
    fmt::print("{}: native object, ABI {}, by {}\n", printable(command.file, 4096), manifest.abi,
               manifest.compiler);
    fmt::print("cpu {} ({}), policy {}, -O{}, {} bytes of code\n", cpu_to_string(manifest.cpu),
               arch_name(manifest.cpu.arch), policy_name(manifest.policy),
               opt_level_name(manifest.opt_level), manifest.code_size);
    fmt::print("(llvm-objdump-19 -d shows its machine code)\n");
  }
  for (const ProgramRef& ref : refs) {
    auto program = input.load(ref);
    if (!program) return fail(program.error(), command.out);
    const ManifestProgram& entry = manifest.programs[ref.index];
    DisassembleOptions options;
    options.slots = true;
    options.labels = true;
    options.source = true;
    if (command.out.as_json()) {
      programs.push_back({{"name", printable(ref.name)},
                          {"bytecode", disassemble(*program, Dialect::kKernel, options)}});
      continue;
    }
    fmt::print("\n{}: symbol {} at {:#x}, at {}, {} of {} accesses proven\n",
               program_label(ref.name, ref.section), entry.symbol, entry.entry,
               context_name(entry.context), entry.proven, entry.accesses);
    if (entry.run_config) {
      fmt::print("XDP_RUN_CONFIG: priority {}, the next one after {}\n", entry.run_config->priority,
                 verdict_set_text(entry.context,
                                  verdicts_from_actions(entry.run_config->chain_call_actions)));
    }
    fmt::print("{}", disassemble(*program, Dialect::kKernel, options));
  }
  if (command.out.as_json()) {
    print_json({{"manifest", manifest_json(manifest)}, {"programs", std::move(programs)}},
               command.out);
  }
  return Exit::kOk;
}

Result<Json> dump_program(const ObjdumpCommand& command, const Input& input, const ProgramRef& ref,
                          PluginCompiler& compiler) {
  WEIR_TRY(Program program, input.load(ref, command.compile.at));
  WEIR_TRY(const CompileOptions options, command.compile.options_for(ref.section, "native"));
  WEIR_TRY(const VerifiedProgram verified, verify(std::move(program), options));
  std::vector<CodeForm> forms;
  auto add = [&](bool wanted, Listing what, const char* key, const char* mark) -> Status {
    if (!wanted) return {};
    WEIR_TRY(CodeForm form, list_form(compiler, verified, what, key, mark));
    forms.push_back(std::move(form));
    return {};
  };
  WEIR_CHECK(add(command.ir, Listing::kLiftedIr, "ir", "ir "));
  WEIR_CHECK(add(command.opt_ir, Listing::kOptimizedIr, "opt_ir", "opt"));
  WEIR_CHECK(add(command.machine, Listing::kMachineCode, "asm", "asm"));
  const Dump dump(command, verified, forms);
  if (command.out.as_json()) return dump.json();
  dump.print();
  return Json();
}

Exit run(ObjdumpCommand command) {
  auto input = Input::read(command.file);
  if (!input) return fail(input.error(), command.out);
  auto refs = input->choose(command.program);
  if (!refs) return fail(refs.error(), command.out);
  if (input->kind() == Input::Kind::kNative) return dump_native(command, *input, *refs);
  if (!command.source && !command.bpf && !command.ir && !command.opt_ir && !command.machine) {
    command.source = command.bpf = command.machine = true;
  }
  PluginCompiler compiler;
  Json programs = Json::array();
  Exit exit = Exit::kOk;
  for (const ProgramRef& ref : *refs) {
    if (&ref != &refs->front() && !command.out.as_json()) fmt::print("\n");
    auto dumped = dump_program(command, *input, ref, compiler);
    if (dumped) {
      programs.push_back(std::move(*dumped));
      continue;
    }
    const Error error = dumped.take_error().in_file(command.file);
    print_error(error);
    programs.push_back({{"name", printable(ref.name)}, {"error", to_json(error)}});
    exit = Exit::kFailed;
  }
  if (command.out.as_json()) print_json({{"programs", std::move(programs)}}, command.out);
  return exit;
}

}  // namespace

void add_objdump_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand(
      "objdump", "Show source, bytecode, LLVM IR and machine code of a program, interleaved");
  auto command = std::make_shared<ObjdumpCommand>();
  sub->add_option("FILE", command->file,
                  "BPF object, .s, .hex, .bin, .cbpf, or native object (.weir)");
  add_pcap_filter(*sub, command->pcap_filter);
  sub->add_flag("-S,--source", command->source, "Source lines");
  sub->add_flag("--bpf", command->bpf, "eBPF instructions");
  sub->add_flag("--ir", command->ir, "LLVM IR as lifted");
  sub->add_flag("--opt-ir", command->opt_ir, "LLVM IR after the pass pipeline");
  sub->add_flag("--asm", command->machine, "Machine code");
  add_program_choice(*sub, command->program);
  add_compile_choice(*sub, command->compile, true);
  add_output_options(*sub, command->out);
  sub->footer(
      "Without any of them: --source --bpf --asm. Of a native object its manifest and the bytecode "
      "it\ncarries are shown.\n\n"
      "Example:\n"
      "  weir objdump ip_dst.bpf.o\n"
      "  weir objdump --source --opt-ir --cpu x86-64-v3 ip_dst.bpf.o");
  sub->callback([command, &exit] {
    command->pcap_filter.add_to(command->file);
    exit = run(*command);
  });
}

}  // namespace weir::tool
