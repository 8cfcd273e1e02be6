// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir verify: would the program be accepted, and what does the analysis know of it.
#include <fmt/format.h>

#include "frontend/isa/disassembler.h"
#include "frontend/support/text.h"
#include "frontend/verifier/explain.h"
#include "frontend/verifier/verifier.h"
#include "tools/inputs.h"
#include "tools/output.h"

namespace weir::tool {

namespace {

struct VerifyCommand {
  std::vector<std::string> files;
  bool guards = false;
  ProgramChoice program;
  CompileChoice compile;
  OutputOptions out;
};

// Accesses that stay checked at run time.
std::vector<uint32_t> guarded(const VerifiedProgram& verified) {
  std::vector<uint32_t> found;
  const Program& program = verified.program();
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const InsnFacts& facts = verified.facts().insns[i];
    if (facts.reached && is_access(program.insns[i]) && !facts.access.proven) found.push_back(i);
  }
  return found;
}

std::string instruction_text(const Program& program, uint32_t insn) {
  DisasmNames names;
  names.program = &program;
  return disassemble_one(program.insns[insn], Dialect::kKernel, &names);
}

Json guard_json(const VerifiedProgram& verified, uint32_t insn) {
  const Program& program = verified.program();
  const Location where = program.locate(insn);
  Json out = {{"instruction", program.insns[insn].slot},
              {"text", instruction_text(program, insn)},
              {"region", region_name(verified.facts().insns[insn].access.region)}};
  if (where.source_line != 0) {
    out["source_file"] = printable(where.source_file, 4096);
    out["source_line"] = where.source_line;
    out["source_text"] = printable(where.source_text, 4096);
  }
  return out;
}

// Why, for the first access that a cause keeps from being proven.
void print_explanation(const Explanation& explanation) {
  fmt::print("        {}{}{}\n", explanation.what, explanation.lost.empty() ? "" : "; ",
             explanation.lost);
  fmt::print("        hint: {}\n", explanation.hint);
}

void print_guard(const VerifiedProgram& verified, uint32_t insn) {
  const Program& program = verified.program();
  const Location where = program.locate(insn);
  std::string place;
  if (where.source_line != 0) {
    place = fmt::format("{}:{}: ", printable(where.source_file, 1024), where.source_line);
  }
  fmt::print("    {}instruction {}: {}\n", place, program.insns[insn].slot,
             instruction_text(program, insn));
  if (!where.source_text.empty()) fmt::print("        | {}\n", printable(where.source_text, 400));
}

class Verification {
 public:
  explicit Verification(const VerifyCommand& command) : command_(command) {}

  Exit verify_file(const std::string& path) {
    auto input = Input::read(path);
    if (!input) return rejected(path, {}, input.take_error());
    for (const std::string& warning : input->warnings()) {
      print_warning(fmt::format("{}: {}", printable(path, 4096), warning));
    }
    auto refs = input->choose(command_.program);
    if (!refs) return rejected(path, {}, refs.take_error());
    Exit exit = Exit::kOk;
    for (const ProgramRef& ref : *refs) {
      auto verified = verify_one(*input, ref);
      exit = worst(exit, verified ? accepted(path, ref, *verified)
                                  : rejected(path, ref, verified.take_error().in_file(path)));
    }
    return exit;
  }

  void finish() {
    if (command_.out.as_json()) print_json({{"programs", std::move(programs_)}}, command_.out);
  }

 private:
  Result<VerifiedProgram> verify_one(const Input& input, const ProgramRef& ref) const {
    WEIR_TRY(Program program, input.load(ref));
    WEIR_TRY(const CompileOptions options, command_.compile.options_for(ref.section, "native"));
    return verify(std::move(program), options);
  }

  Json describe(const std::string& path, const ProgramRef& ref, bool accepted) const {
    Json out = {{"file", printable(path, 4096)}};
    if (!ref.name.empty()) out["name"] = printable(ref.name);
    if (!ref.section.empty()) out["section"] = printable(ref.section);
    out["policy"] = policy_name(command_.compile.policy);
    out["accepted"] = accepted;
    return out;
  }

  Exit accepted(const std::string& path, const ProgramRef& ref, const VerifiedProgram& verified) {
    const Facts& facts = verified.facts();
    const std::vector<uint32_t> guards = guarded(verified);
    if (!command_.out.as_json()) {
      fmt::print("{}: {}, at {}: accepted, {} instructions, {} accesses proven, {} guarded\n",
                 printable(path, 4096), program_label(ref.name, ref.section),
                 context_name(verified.options().context), verified.program().insns.size(),
                 facts.proven, facts.accesses - facts.proven);
      if (!command_.guards) return Exit::kOk;
      const std::vector<Explanation> why = explain_accesses(verified.program(), facts);
      for (const uint32_t insn : guards) {
        print_guard(verified, insn);
        for (const Explanation& explanation : why) {
          if (explanation.insn == insn) print_explanation(explanation);
        }
      }
      return Exit::kOk;
    }
    Json out = describe(path, ref, true);
    out["at"] = context_name(verified.options().context);
    out["instructions"] = verified.program().insns.size();
    out["accesses"] = facts.accesses;
    out["proven"] = facts.proven;
    out["guarded"] = facts.accesses - facts.proven;
    if (command_.guards) {
      out["guards"] = Json::array();
      for (const uint32_t insn : guards) out["guards"].push_back(guard_json(verified, insn));
    }
    programs_.push_back(std::move(out));
    return Exit::kOk;
  }

  Exit rejected(const std::string& path, const ProgramRef& ref, const Error& error) {
    if (command_.out.as_json()) {
      Json out = describe(path, ref, false);
      out["error"] = to_json(error);
      programs_.push_back(std::move(out));
    } else {
      const std::string label = ref.name.empty() ? "" : ": " + program_label(ref.name, ref.section);
      fmt::print("{}{}: rejected\n", printable(path, 4096), label);
      std::fflush(stdout);  // before the error, where both go to one place
    }
    print_error(error);
    return Exit::kFailed;
  }

  const VerifyCommand& command_;
  Json programs_ = Json::array();
};

Exit run(const VerifyCommand& command) {
  Verification verification(command);
  Exit exit = Exit::kOk;
  for (const std::string& file : command.files) {
    exit = worst(exit, verification.verify_file(file));
  }
  verification.finish();
  return exit;
}

}  // namespace

void add_verify_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("verify", "Check programs against a policy");
  auto command = std::make_shared<VerifyCommand>();
  sub->add_option("FILES", command->files, "BPF objects, native objects (.weir), .s, .hex, .bin")
      ->required();
  sub->add_flag("--guards", command->guards, "List the accesses that are checked at run time");
  add_program_choice(*sub, command->program);
  add_policy(*sub, command->compile.policy);
  add_helpers(*sub, command->compile.helpers);
  add_at(*sub, command->compile.at);
  add_output_options(*sub, command->out);
  sub->footer(
      "Example:\n"
      "  weir verify --policy strict ip_dst.bpf.o\n"
      "  weir verify --guards filters/*.bpf.o");
  sub->callback([command, &exit] { exit = run(*command); });
}

}  // namespace weir::tool
