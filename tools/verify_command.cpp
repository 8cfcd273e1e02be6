// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir verify: would the program be accepted, and what does the analysis know of it.
#include <algorithm>

#include <fmt/format.h>

#include "cache/age_text.h"
#include "frontend/isa/disassembler.h"
#include "frontend/support/text.h"
#include "frontend/verifier/explain.h"
#include "frontend/verifier/log.h"
#include "frontend/verifier/verifier.h"
#include "runtime/engine/admission.h"
#include "runtime/native/native_file.h"
#include "runtime/native/variants.h"
#include "tools/inputs.h"
#include "tools/output.h"

namespace weir::tool {

namespace {

// A log of some 10,000 lines.
constexpr uint64_t kDefaultLogBytes = 1 << 20;
constexpr uint64_t kMaxLogBytes = 1 << 30;

struct VerifyCommand {
  PcapFilterOption pcap_filter;
  std::vector<std::string> files;
  bool guards = false;
  bool signature = false;
  bool log = false;
  uint64_t log_size = kDefaultLogBytes;
  ProgramChoice program;
  CompileChoice compile;
  CacheChoice host;  // its policy
  OutputOptions out;
};

bool is_open(const CallFact::Argument& argument) {
  return argument.memory && !(argument.proven && argument.size_proven);
}

// Instructions with an access, or an argument of a helper, that stays checked at run time.
std::vector<uint32_t> guarded(const VerifiedProgram& verified) {
  std::vector<uint32_t> found;
  const Program& program = verified.program();
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const InsnFacts& facts = verified.facts().insns[i];
    if (!facts.reached) continue;
    const CallFact* const call = verified.facts().call_at(i);
    if ((is_access(program.insns[i]) && !facts.access.proven) ||
        (call && std::any_of(call->arguments.begin(), call->arguments.end(), is_open)))
      found.push_back(i);
  }
  return found;
}

size_t guarded_arguments(const Facts& facts) {
  size_t count = 0;
  for (const CallFact& call : facts.calls)
    count +=
        static_cast<size_t>(std::count_if(call.arguments.begin(), call.arguments.end(), is_open));
  return count;
}

std::string instruction_text(const Program& program, uint32_t insn) {
  DisasmNames names;
  names.program = &program;
  return disassemble_one(program.insns[insn], Dialect::kKernel, &names);
}

// The first instruction with the same cause, if it is another.
std::optional<uint32_t> same_as(const std::vector<Explanation>& why, uint32_t insn) {
  for (const Explanation& explanation : why) {
    if (explanation.insn != insn &&
        std::find(explanation.also.begin(), explanation.also.end(), insn) != explanation.also.end())
      return explanation.insn;
  }
  return std::nullopt;
}

Json guard_json(const VerifiedProgram& verified, uint32_t insn,
                const std::vector<Explanation>& why) {
  const Program& program = verified.program();
  const Location where = program.locate(insn);
  Json out = {{"instruction", program.insns[insn].slot}, {"text", instruction_text(program, insn)}};
  if (is_access(program.insns[insn]))
    out["region"] = region_name(verified.facts().insns[insn].access.region);
  if (where.source_line != 0) {
    out["source_file"] = printable(where.source_file, 4096);
    out["source_line"] = where.source_line;
    out["source_text"] = printable(where.source_text, 4096);
  }
  for (const Explanation& explanation : why) {
    if (explanation.insn != insn) continue;
    Json reason = {{"what", explanation.what}};
    if (explanation.argument != 0) reason["argument"] = explanation.argument;
    if (!explanation.lost.empty()) reason["lost"] = explanation.lost;
    reason["hint"] = explanation.hint;
    out["reasons"].push_back(std::move(reason));
  }
  if (const auto first = same_as(why, insn)) out["same_as"] = program.insns[*first].slot;
  return out;
}

void print_guard(const VerifiedProgram& verified, uint32_t insn,
                 const std::vector<Explanation>& why) {
  const Program& program = verified.program();
  const Location where = program.locate(insn);
  std::string place;
  if (where.source_line != 0) {
    place = fmt::format("{}:{}: ", printable(where.source_file, 1024), where.source_line);
  }
  fmt::print("    {}instruction {}: {}\n", place, program.insns[insn].slot,
             instruction_text(program, insn));
  if (!where.source_text.empty()) fmt::print("        | {}\n", printable(where.source_text, 400));
  for (const Explanation& explanation : why) {
    if (explanation.insn != insn) continue;
    fmt::print("        {}{}{}\n", explanation.what, explanation.lost.empty() ? "" : "; ",
               explanation.lost);
    fmt::print("        hint: {}\n", explanation.hint);
  }
  if (const auto first = same_as(why, insn))
    fmt::print("        as instruction {}\n", program.insns[*first].slot);
}

// Whether the signatures of native objects count here, and what the host's policy says of the rest.
class SignatureCheck {
 public:
  SignatureCheck(const VerifyCommand& command, const Trust& trust)
      : command_(command), trust_(trust) {
    HostPolicy must_be_signed;
    must_be_signed.path = "of --signature";
    must_be_signed.require_signature.add(Origin::kFile);
    trust_.add(std::move(must_be_signed));
  }

  Exit check_file(const std::string& path) {
    Json out = {{"file", printable(path, 4096)}};
    auto checked = check(path, out);
    out["accepted"] = checked.has_value();
    if (!checked) {
      out["error"] = to_json(checked.error());
      if (!command_.out.as_json()) {
        fmt::print("{}: refused\n", printable(path, 4096));
        std::fflush(stdout);
      }
      print_error(checked.error());
    }
    files_.push_back(std::move(out));
    return checked ? Exit::kOk : Exit::kFailed;
  }

  void finish() {
    if (command_.out.as_json()) print_json({{"files", std::move(files_)}}, command_.out);
  }

 private:
  Status check(const std::string& path, Json& out) {
    auto checked = [&]() -> Status {
      WEIR_TRY(std::vector<uint8_t> bytes, read_native_file(path));
      if (!is_variant_file(bytes)) return check_object(std::move(bytes), path, out);
      // Each machine loads one of them, so each has to be right.
      out["objects"] = Json::array();
      WEIR_TRY(const std::vector<Variant> variants, read_variants(bytes));
      for (const Variant& variant : variants) {
        Json one = {{"cpu", cpu_to_string(variant.cpu)}};
        Status right = check_object({variant.object.begin(), variant.object.end()}, path, one);
        out["objects"].push_back(std::move(one));
        WEIR_CHECK(std::move(right));
      }
      return {};
    }();
    if (!checked) return checked.take_error().in_file(path);
    return {};
  }

  Status check_object(std::vector<uint8_t> bytes, const std::string& path, Json& out) {
    WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(bytes)));
    out["digest"] = object.signed_body().digest.hex();
    out["signatures"] = Json::array();
    for (const Signature& signature : object.signatures()) describe(signature, path, out);
    for (size_t i = 0; i < object.manifest().programs.size(); ++i) {
      WEIR_CHECK(admit_object(trust_, object, i, Origin::kFile));
    }
    return {};
  }

  void describe(const Signature& signature, const std::string& path, Json& out) const {
    const TrustedKey* const key = trust_.find_key(signature.key);
    const std::string name = key != nullptr ? key->name : "unknown";
    Json one = {{"key", signature.key.hex()},
                {"kind", signature_kind_name(signature.kind)},
                {"signed_at", format_time(signature.signed_at)}};
    if (key != nullptr) one["name"] = key->name;
    if (signature.expires != 0) one["expires"] = format_time(signature.expires);
    out["signatures"].push_back(std::move(one));
    if (command_.out.as_json()) return;
    fmt::print("{}: signature of {} ({}), {}{}\n", printable(path, 4096), name, signature.key.hex(),
               format_time(signature.signed_at),
               signature.expires == 0 ? "" : ", until " + format_time(signature.expires));
  }

  const VerifyCommand& command_;
  Trust trust_;
  Json files_ = Json::array();
};

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
  Result<VerifiedProgram> verify_one(const Input& input, const ProgramRef& ref) {
    log_.clear();
    WEIR_TRY(Program program, input.load(ref, command_.compile.at));
    WEIR_TRY(const CompileOptions options, command_.compile.options_for(ref.section, "native"));
    if (command_.log) log_ = analysis_log(program, options, command_.log_size);
    return verify(std::move(program), options);
  }

  void print_log() const {
    if (command_.log) fmt::print("{}", log_);
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
    const size_t arguments = guarded_arguments(facts);
    std::vector<Explanation> why;
    if (command_.guards)
      why = explain_accesses(verified.program(), facts, verified.options().helpers);
    if (!command_.out.as_json()) {
      print_log();
      fmt::print("{}: {}, at {}: accepted, {} instructions, {} accesses proven, {} guarded{}\n",
                 printable(path, 4096), program_label(ref.name, ref.section),
                 context_name(verified.options().context), verified.source().insns.size(),
                 facts.proven, facts.accesses - facts.proven,
                 arguments == 0 ? "" : fmt::format(", {} arguments guarded", arguments));
      if (!command_.guards) return Exit::kOk;
      for (const uint32_t insn : guards) print_guard(verified, insn, why);
      return Exit::kOk;
    }
    Json out = describe(path, ref, true);
    if (command_.log) out["log"] = log_;
    out["at"] = context_name(verified.options().context);
    out["instructions"] = verified.source().insns.size();
    out["accesses"] = facts.accesses;
    out["proven"] = facts.proven;
    out["guarded"] = facts.accesses - facts.proven;
    out["guarded_arguments"] = arguments;
    if (command_.guards) {
      out["guards"] = Json::array();
      for (const uint32_t insn : guards) out["guards"].push_back(guard_json(verified, insn, why));
    }
    programs_.push_back(std::move(out));
    return Exit::kOk;
  }

  Exit rejected(const std::string& path, const ProgramRef& ref, const Error& error) {
    if (command_.out.as_json()) {
      Json out = describe(path, ref, false);
      if (command_.log) out["log"] = log_;
      out["error"] = to_json(error);
      programs_.push_back(std::move(out));
    } else {
      print_log();
      const std::string label = ref.name.empty() ? "" : ": " + program_label(ref.name, ref.section);
      fmt::print("{}{}: rejected\n", printable(path, 4096), label);
      std::fflush(stdout);  // before the error, where both go to one place
    }
    print_error(error);
    return Exit::kFailed;
  }

  const VerifyCommand& command_;
  std::string log_;  // of the program at hand
  Json programs_ = Json::array();
};

Exit run_signature(const VerifyCommand& command) {
  auto trust = command.host.trust();
  if (!trust) return fail(trust.error(), command.out);
  SignatureCheck check(command, **trust);
  Exit exit = Exit::kOk;
  for (const std::string& file : command.files) exit = worst(exit, check.check_file(file));
  check.finish();
  return exit;
}

Exit run(const VerifyCommand& command) {
  if (command.signature) return run_signature(command);
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
  sub->add_option("FILES", command->files,
                  "BPF objects, native objects (.weir), .s, .hex, .bin, .cbpf");
  add_pcap_filter(*sub, command->pcap_filter);
  sub->add_flag("--guards", command->guards,
                "List the accesses and arguments of helpers that are checked at\n"
                "run time, with what would prove them");
  auto* log = sub->add_flag("--log", command->log,
                            "Print every step of the analysis and what is known after it, as the\n"
                            "kernel's verifier does at log level 2");
  sub->add_option("--log-size", command->log_size, "Cut the log after so many bytes")
      ->check(CLI::Range(uint64_t{1}, kMaxLogBytes))
      ->capture_default_str()
      ->needs(log);
  sub->add_flag("--signature", command->signature,
                "Check that native objects are signed by a trusted key, unchanged, and\n"
                "allowed by the host's policy; nothing else is analysed")
      ->excludes("--guards")
      ->excludes("--log");
  add_host_policy(*sub, command->host);
  add_program_choice(*sub, command->program);
  add_policy(*sub, command->compile.policy);
  add_helpers(*sub, command->compile.helpers);
  add_at(*sub, command->compile.at);
  add_output_options(*sub, command->out);
  sub->footer(
      "Example:\n"
      "  weir verify --policy strict ip_dst.bpf.o\n"
      "  weir verify --guards filters/*.bpf.o\n"
      "  weir verify --policy strict --log ip_dst.bpf.o\n"
      "  weir verify --signature ip_dst.weir");
  sub->callback([command, &exit] {
    command->pcap_filter.add_to(command->files);
    exit = run(*command);
  });
}

}  // namespace weir::tool
