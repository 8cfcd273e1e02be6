// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compare/compare_program.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "frontend/isa/disassembler.h"
#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "measure/hook_runner.h"
#include "measure/report.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/compare/guard_cost.h"
#include "tools/compare/step_trace.h"

namespace weir::tool {

namespace {

using measure::Contestant;
using measure::Inputs;
using measure::Packet;

constexpr size_t kMostSteps = 400'000;
constexpr size_t kMostSourceLines = 20'000;
constexpr size_t kMostText = 400;

// Names of files and the lines of them that anything refers to.
class Sources {
 public:
  explicit Sources(const Subject& subject) {
    const Program& program = subject.program;
    for (const std::string& file : program.source_files) {
      names_.push_back(file);
      lines_.emplace_back();
    }
    for (uint32_t i = 0; i < program.insns.size(); ++i) {
      const LineInfo* line = program.line_of(i);
      if (line != nullptr) lines_[line->file][line->line] = line->text;
    }
    for (size_t i = 0; i < names_.size(); ++i) read_whole(i, subject);
  }

  // The file of that name, by its last part where the whole does not tell.
  std::optional<size_t> find(const std::string& path) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == path) return i;
    }
    const auto leaf = std::filesystem::path(path).filename();
    for (size_t i = 0; i < names_.size(); ++i) {
      if (std::filesystem::path(names_[i]).filename() == leaf) return i;
    }
    return std::nullopt;
  }

  Json json() const {
    Json out = Json::array();
    for (size_t i = 0; i < names_.size(); ++i) {
      Json lines = Json::array();
      for (const auto& [number, text] : lines_[i])
        lines.push_back(Json::array({number, printable(text, kMostText)}));
      out.push_back({{"name", printable(names_[i], 1024)}, {"lines", std::move(lines)}});
    }
    return out;
  }

 private:
  // BTF has the text of a line only if clang found the file; here it may be found.
  void read_whole(size_t index, const Subject& subject) {
    const std::filesystem::path name(names_[index]);
    std::vector<std::filesystem::path> places;
    if (!subject.source.empty() &&
        std::filesystem::path(subject.source).filename() == name.filename()) {
      places.emplace_back(subject.source);
    }
    places.push_back(name);
    places.push_back(std::filesystem::path(subject.input->path()).parent_path() / name.filename());
    for (const auto& place : places) {
      std::ifstream file(place);
      if (!file) continue;
      std::map<uint32_t, std::string> lines;
      std::string text;
      for (uint32_t number = 1; number <= kMostSourceLines && std::getline(file, text); ++number) {
        std::ranges::replace(text, '\t', ' ');
        lines[number] = text;
      }
      // Not a newer version of the file: what BTF knows must be there.
      const bool same = std::ranges::all_of(lines_[index], [&](const auto& known) {
        return known.second.empty() ||
               (lines.contains(known.first) && strip(lines[known.first]) == strip(known.second));
      });
      if (!same) continue;
      lines_[index] = std::move(lines);
      return;
    }
  }
  static std::string strip(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    return text;
  }

  std::vector<std::string> names_;
  std::vector<std::map<uint32_t, std::string>> lines_;
};

Json ns_json(const measure::Distribution& ratio, double by) {
  return {{"median", ratio.median * by},
          {"p10", ratio.p10 * by},
          {"p90", ratio.p90 * by},
          {"min", ratio.min * by},
          {"max", ratio.max * by}};
}

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

class ProgramJson {
 public:
  ProgramJson(const Subject& subject, const BranchProfile& profile)
      : subject_(subject), profile_(profile), sources_(subject) {}

  Json bpf() const {
    const Program& program = subject_.program;
    DisasmNames names;
    names.program = &program;
    Json out = Json::array();
    for (uint32_t i = 0; i < program.insns.size(); ++i) {
      Json insn = {{"slot", program.insns[i].slot},
                   {"text", disassemble_one(program.insns[i], Dialect::kKernel, &names)}};
      add_line(insn, i);
      if (i < profile_.insns.size()) {
        insn["runs"] = rounded(static_cast<double>(profile_.insns[i].runs) /
                               static_cast<double>(std::max<uint64_t>(1, profile_.program_runs)));
      }
      out.push_back(std::move(insn));
    }
    return out;
  }

  Json sources() const { return sources_.json(); }

  // Without timing.
  Json variant(const Candidate& candidate, const StepTrace* trace, const Estimate* estimate,
               bool with_code) const {
    Json out = candidate.variant.json();
    if (candidate.error) {
      out["error"] = {{"code", error_code_name(candidate.error->code())},
                      {"message", candidate.error->message()}};
      return out;
    }
    if (candidate.machine) out["code"] = code(candidate);
    if (candidate.accesses) {
      out["guards"] = {{"accesses", *candidate.accesses}, {"proven", *candidate.proven}};
      if (candidate.report) {
        out["guards"]["left"] = candidate.report->guards_left.size();
        out["guards"]["left_at"] = candidate.report->guards_left;
      }
    }
    if (trace != nullptr) out["executed"] = executed(candidate, *trace);
    if (estimate != nullptr) out["estimate"] = estimated(*estimate, *trace);
    if (candidate.compile_ns > 0) out["compile_ns"] = std::round(candidate.compile_ns);
    if (candidate.load_ns > 0) out["load_ns"] = std::round(candidate.load_ns);
    if (with_code) {
      if (candidate.machine) out["asm"] = machine(candidate, trace);
      if (candidate.report) {
        out["ir"] = Json::array();
        for (const ListingLine& line : candidate.report->ir) {
          Json one = {{"text", printable(line.text, 4096)}};
          if (line.insn) one["bpf"] = *line.insn;
          out["ir"].push_back(std::move(one));
        }
        out["remarks"] = remarks(*candidate.report);
      }
    }
    return out;
  }

 private:
  void add_line(Json& to, uint32_t insn) const {
    const LineInfo* line = subject_.program.line_of(insn);
    if (line == nullptr) return;
    to["source"] = line->file;
    to["line"] = line->line;
  }

  static Json code(const Candidate& candidate) {
    const MachineCode& machine = *candidate.machine;
    auto count = [&](auto member) {
      return std::ranges::count_if(machine.insns, [&](const MachineInsn& i) { return i.*member; });
    };
    Json out = {{"instructions", machine.insns.size()},
                {"bytes", candidate.code.size()},
                {"stack", machine.stack}};
    if (candidate.report) {
      out["spills"] = candidate.report->spills;
      out["reloads"] = candidate.report->reloads;
    }
    out["loads"] = count(&MachineInsn::load);
    out["stores"] = count(&MachineInsn::store);
    out["branches"] = count(&MachineInsn::branch);
    out["calls"] = count(&MachineInsn::call);
    out["blocks"] = machine.blocks.size();
    return out;
  }

  static Json executed(const Candidate& candidate, const StepTrace& trace) {
    std::map<uint32_t, const MachineInsn*> at;
    for (const MachineInsn& insn : candidate.machine->insns) at[insn.at] = &insn;
    double loads = 0, stores = 0, branches = 0;
    for (const uint32_t offset : trace.offsets) {
      const auto found = at.find(offset);
      if (found == at.end()) continue;
      loads += found->second->load;
      stores += found->second->store;
      branches += found->second->branch;
    }
    const double runs = std::max<double>(1, static_cast<double>(trace.runs));
    return {{"instructions", rounded(static_cast<double>(trace.offsets.size()) / runs)},
            {"loads", rounded(loads / runs)},
            {"stores", rounded(stores / runs)},
            {"branches", rounded(branches / runs)}};
  }

  static Json estimated(const Estimate& estimate, const StepTrace& trace) {
    const double runs = std::max<double>(1, static_cast<double>(trace.runs));
    Json ports = Json::object();
    for (const auto& [name, cycles] : estimate.ports) ports[name] = rounded(cycles / runs);
    return {{"model", estimate.model},
            {"cycles", rounded(estimate.cycles / runs)},
            {"ports", std::move(ports)},
            {"uops", rounded(estimate.uops / runs)}};
  }

  Json machine(const Candidate& candidate, const StepTrace* trace) const {
    std::map<uint32_t, uint64_t> counts;
    if (trace != nullptr) {
      for (const uint32_t offset : trace->offsets) ++counts[offset];
    }
    Json out = Json::array();
    for (size_t i = 0; i < candidate.machine->insns.size(); ++i) {
      const MachineInsn& insn = candidate.machine->insns[i];
      Json one = {{"at", insn.at}, {"size", insn.size}, {"text", printable(insn.text, kMostText)}};
      const CodePlace& place = candidate.places[i];
      if (place.insn && *place.insn < subject_.program.insns.size()) {
        one["bpf"] = *place.insn;
      } else if (const auto file = place.file.empty() ? std::nullopt : sources_.find(place.file);
                 file && place.line != 0) {
        one["source"] = *file;
        one["line"] = place.line;
      }
      one["block"] = insn.block;
      if (trace != nullptr) {
        one["runs"] = rounded(static_cast<double>(counts[insn.at]) /
                              std::max<double>(1, static_cast<double>(trace->runs)));
      }
      one["cycles"] = rounded(insn.cycles);
      if (insn.call) {
        one["kind"] = "call";
      } else if (insn.branch) {
        one["kind"] = "branch";
      } else if (insn.store) {
        one["kind"] = "store";
      } else if (insn.load) {
        one["kind"] = "load";
      }
      out.push_back(std::move(one));
    }
    return out;
  }

  Json remarks(const CodeReport& report) const {
    static constexpr const char* kKinds[] = {"passed", "missed", "analysis"};
    Json out = Json::array();
    for (const Remark& remark : report.remarks) {
      Json one = {{"kind", kKinds[static_cast<size_t>(remark.kind)]},
                  {"pass", remark.pass},
                  {"name", remark.name}};
      if (remark.insn && *remark.insn < subject_.program.insns.size()) {
        one["bpf"] = *remark.insn;
        add_line(one, *remark.insn);
      }
      one["text"] = printable(remark.text, 4096);
      out.push_back(std::move(one));
    }
    return out;
  }

  const Subject& subject_;
  const BranchProfile& profile_;
  const Sources sources_;
};

std::string reference_of(const std::vector<Candidate>& candidates, const std::string& wanted) {
  auto first = [&](auto matches) -> std::string {
    for (const Candidate& candidate : candidates) {
      if (!candidate.error && matches(candidate.variant)) return candidate.variant.id();
    }
    return "";
  };
  if (!wanted.empty()) return first([&](const Variant& v) { return v.id() == wanted; });
  if (std::string id = first([](const Variant& v) { return v.builder == Builder::kClang; });
      !id.empty()) {
    return id;
  }
  if (std::string id = first([](const Variant& v) { return v.builder == Builder::kAot; });
      !id.empty()) {
    return id;
  }
  return first([](const Variant&) { return true; });
}

// Whether a second pass over the packets, as the first one left them, gives the same.
bool changes_packets(measure::Runner& runner, Inputs& inputs) {
  inputs.restore();
  std::vector<std::vector<uint8_t>> before;
  for (size_t i = 0; i < inputs.count(); ++i) {
    const ByteSpan bytes = inputs.bytes(i);
    before.emplace_back(bytes.begin(), bytes.end());
    const Packet packet = inputs.packet(i);
    runner.run({&packet, 1});
  }
  bool changed = false;
  for (size_t i = 0; i < inputs.count(); ++i)
    changed |= !std::ranges::equal(inputs.bytes(i), before[i]);
  inputs.restore();
  return changed;
}

}  // namespace

measure::Room room_at(ContextKind kind) {
  if (context_shape(kind) != ContextShape::kPacket) return {};
  return {kPacketHeadroom, kPacketTailroom};
}

Result<BranchProfile> profile_program(const Subject& subject, Inputs& inputs) {
  CompileOptions options;
  options.context = subject.kind;
  options.helpers = subject.helpers;
  WEIR_TRY(options.cpu, parse_cpu("native"));
  WEIR_TRY(const VerifiedProgram verified, verify(subject.program, options));
  WEIR_TRY(std::shared_ptr<const CountingInterp> code, CountingInterp::make(verified));
  BranchProfile profile = code->no_counts();
  WEIR_TRY(auto runner,
           run_at_hook(HookSetup{subject.kind, subject.helpers, subject.program.maps, &inputs,
                                 subject.prepared ? &*subject.prepared : nullptr},
                       code, profile));
  inputs.restore();
  for (size_t i = 0; i < inputs.count(); ++i) {
    const Packet packet = inputs.packet(i);
    runner->run({&packet, 1});
  }
  inputs.restore();
  return profile;
}

Result<ComparedProgram> compare_program(Subject subject, const PacketSource& packets,
                                        const CompareOptions& options, PluginCompiler& compiler) {
  Inputs inputs(packets.packets, room_at(subject.kind));
  if (subject.setup) {
    CompileOptions how;
    how.context = subject.kind;
    how.helpers = subject.helpers;
    WEIR_TRY(how.cpu, parse_cpu("native"));
    WEIR_TRY(const VerifiedProgram verified, verify(*subject.setup, how));
    WEIR_TRY(std::shared_ptr<const InterpCode> code, InterpCode::make(verified));
    subject.prepared = SetupProgram{std::move(code), subject.setup->maps};
  }
  // What it does: for "runs", and for variants with a profile if none was given.
  BranchProfile profile;
  if (auto counted = profile_program(subject, inputs)) profile = std::move(*counted);
  if (!subject.profile) subject.profile = std::make_shared<const BranchProfile>(profile);

  // All the variants. One that cannot be had says why, and the others go on.
  std::vector<Candidate> candidates;
  for (const Variant& variant : variants_of(options.matrix)) {
    const auto build = variant.builder == Builder::kClang    ? build_clang
                       : variant.builder == Builder::kKernel ? build_kernel
                       : variant.builder == Builder::kDpdk   ? build_dpdk
                       : variant.builder == Builder::kPcap   ? build_pcap
                                                             : build_weir;
    Candidate& candidate = candidates.emplace_back(Candidate{.variant = variant});
    if (Status built = build(subject, inputs, compiler, candidate); !built)
      candidate.error = built.take_error();
  }
  const std::string reference = reference_of(candidates, options.reference);
  ComparedProgram out;
  out.json = {{"id", fmt::format("{}:{}", printable(file_stem(subject.input->path())),
                                 printable(subject.program.name))},
              {"file", printable(subject.input->path(), 4096)},
              {"name", printable(subject.program.name)},
              {"section", printable(subject.program.section)},
              {"hook", context_name(subject.kind)},
              {"inputs", {{"packets", inputs.count()}, {"what", packets.what}}}};
  const ProgramJson describe(subject, profile);
  out.json["sources"] = describe.sources();
  out.json["bpf"] = describe.bpf();
  out.json["reference"] = reference;

  // That all do the same, packet by packet, before anything is measured.
  Candidate* base = nullptr;
  std::vector<Candidate*> others;
  for (Candidate& candidate : candidates) {
    if (candidate.error) continue;
    if (candidate.variant.id() == reference) {
      base = &candidate;
    } else {
      others.push_back(&candidate);
    }
  }
  measure::Workload workload{.name = subject.program.name, .uniform = true};
  workload.stateful = !subject.program.maps.empty();
  std::map<std::string, std::pair<measure::Distribution, measure::Distribution>> times;
  std::map<std::string, StepTrace> traces;
  std::map<std::string, Estimate> estimates;
  if (base != nullptr) {
    std::vector<Contestant> contestants;
    for (Candidate* other : others)
      contestants.push_back({other->variant.id(), other->runner.get()});
    const Contestant first{reference, base->runner.get()};
    WEIR_TRY(const std::vector<Status> alike,
             measure::check_alike(workload, inputs, first, contestants));
    for (size_t i = 0; i < alike.size(); ++i) {
      if (alike[i]) continue;
      others[i]->error = alike[i].error();
      out.differs = true;
    }
    std::erase_if(others, [](const Candidate* other) { return other->error.has_value(); });
    workload.checked = true;
    workload.fresh = changes_packets(*base->runner, inputs);

    // What each executes.
    std::vector<Packet> traced;
    for (size_t i = 0; i < std::min(inputs.count(), options.traced_packets); ++i)
      traced.push_back(inputs.packet(i));
    for (Candidate& candidate : candidates) {
      if (candidate.error || candidate.runs_at == nullptr || !candidate.machine) continue;
      inputs.restore();
      auto trace = trace_steps(*candidate.runner, traced, candidate.runs_at, candidate.code.size(),
                               kMostSteps);
      if (!trace || trace->runs == 0) continue;
      std::map<uint32_t, uint32_t> index;
      for (uint32_t i = 0; i < candidate.machine->insns.size(); ++i)
        index[candidate.machine->insns[i].at] = i;
      std::vector<uint32_t> path;
      for (const uint32_t offset : trace->offsets) {
        if (const auto found = index.find(offset); found != index.end())
          path.push_back(found->second);
      }
      WEIR_TRY(const CompilerPlugin* plugin, compiler.plugin());
      if (auto estimate = plugin->estimate_cycles(candidate.code, *candidate.machine, path))
        estimates[candidate.variant.id()] = std::move(*estimate);
      traces[candidate.variant.id()] = std::move(*trace);
    }
    inputs.restore();

    if (options.plan.rounds != 0) {
      contestants.clear();
      for (Candidate* other : others)
        contestants.push_back({other->variant.id(), other->runner.get()});
      WEIR_TRY(const measure::Measurement measured,
               measure::alternate(workload, inputs, first, contestants, options.plan));
      times[reference] = {measured.reference_ns, {1, 1, 1, 1, 1}};
      for (size_t i = 0; i < others.size(); ++i)
        times[others[i]->variant.id()] = {measured.reference_ns, measured.ratios[i]};
    }
  }

  out.json["variants"] = Json::array();
  for (const Candidate& candidate : candidates) {
    const std::string id = candidate.variant.id();
    const auto trace = traces.find(id);
    const auto estimate = estimates.find(id);
    Json one =
        describe.variant(candidate, trace == traces.end() ? nullptr : &trace->second,
                         estimate == estimates.end() ? nullptr : &estimate->second, options.code);
    if (const auto time = times.find(id); time != times.end() && !candidate.error) {
      const auto& [base_ns, ratio] = time->second;
      one["ns"] = id == reference ? measure::to_json(base_ns) : ns_json(ratio, base_ns.median);
      one["ratio"] = measure::to_json(ratio);
    }
    out.json["variants"].push_back(std::move(one));
  }
  add_guard_costs(out.json);
  return out;
}

}  // namespace weir::tool
