// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir compare: what programs became, built in many ways, and how good that is. docs/COMPARE.md.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "measure/dpdk.h"
#include "measure/hook_runner.h"
#include "measure/machine.h"
#include "measure/report.h"
#include "runtime/abi/compile_key.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/capture.h"
#include "tools/compare/baseline.h"
#include "tools/compare/compare_program.h"
#include "tools/compare/html_report.h"
#include "tools/compare/views.h"
#include "tools/inputs.h"
#include "tools/link_layer.h"
#include "tools/output.h"
#include "tools/output_file.h"
#include "tools/plugin_compiler.h"
#include "tools/profile_file.h"
#include "tools/testing/kernel_load.h"

namespace weir::tool {

namespace {

constexpr size_t kMostPackets = 4096;
// Each takes the kernel some 20 ms.
constexpr size_t kMostKernelPackets = 128;

struct CompareCommand {
  PcapFilterOption pcap_filter;
  std::vector<std::string> files, sources, clang_options, from;
  std::string levels = "2", cpus = "x86-64", policies = "guard,trusted", inlining = "on", engines;
  std::string setup, packets, inputs, csv, html, save, before, baseline, title, profile;
  bool update = false, no_time = false, with_profile = false;
  double tolerance = 0;
  size_t lines = 0;
  ProgramChoice program;
  std::optional<ContextKind> at;
  std::optional<HelperSet> helpers;
  CompareOptions options{.plan = {.rounds = 31}};
  OutputOptions out;
};

// A folder that is gone when the command ends.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-compare-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      return Error(ErrorCode::kIo, "cannot make a folder for temporary files").in_file(pattern);
    TemporaryFolder out;
    out.path_ = pattern;
    return out;
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder() = default;
  std::string path_;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

template <class T, class Find>
Status take_list(const char* option, const std::string& text, Find find, std::vector<T>& out) {
  for (const std::string& name : split(text)) {
    const auto found = find(name);
    if (!found)
      return Error(ErrorCode::kUsage, fmt::format("{}: unknown '{}'", option, printable(name)));
    out.push_back(*found);
  }
  if (out.empty()) return Error(ErrorCode::kUsage, fmt::format("{}: the list is empty", option));
  return {};
}

// The kinds of measure/inputs.def, by name in small letters.
std::optional<measure::InputKind> input_kind_from_name(std::string_view name) {
  static constexpr std::pair<std::string_view, measure::InputKind> kKinds[] = {
#define WEIR_INPUTS(Name, count, text) {#Name, measure::InputKind::k##Name},
#include "measure/inputs.def"
#undef WEIR_INPUTS
  };
  for (const auto& [known, kind] : kKinds) {
    const bool same = std::ranges::equal(known, name, [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == b;
    });
    if (same) return kind;
  }
  return std::nullopt;
}

Result<Matrix> matrix_of(const CompareCommand& command) {
  Matrix matrix;
  std::string engines = command.engines;
  if (engines.empty()) engines = "clang,aot,jit,interpreter,kernel,dpdk,pcap";
  WEIR_CHECK(take_list("--engines", engines, builder_from_name, matrix.builders));
  WEIR_CHECK(take_list("--levels", command.levels, opt_level_from_name, matrix.levels));
  WEIR_CHECK(take_list("--policies", command.policies, policy_from_name, matrix.policies));
  WEIR_CHECK(take_list(
      "--inlining", command.inlining,
      [](std::string_view name) -> std::optional<bool> {
        if (name == "on") return true;
        if (name == "off") return false;
        return std::nullopt;
      },
      matrix.inlining));
  for (const std::string& cpu : split_cpus(command.cpus)) {
    WEIR_TRY(const CpuSpec spec, parse_cpu(cpu));
    if (!cpu_runs(host_cpu(), spec)) {
      return Error(ErrorCode::kUsage,
                   fmt::format("code for {} does not run here: the machine lacks {}",
                               printable(cpu), cpu_missing(host_cpu(), spec)));
    }
    matrix.cpus.push_back(cpu);
  }
  if (!command.inputs.empty() && !input_kind_from_name(command.inputs)) {
    return Error(ErrorCode::kUsage,
                 fmt::format("--inputs: unknown '{}'", printable(command.inputs)))
        .with_hint(
            "frames, xdpframes, ip, dns, bytes40, bytes64, bytes256, bytes512, bytes1500, strings");
  }
  matrix.profiled = command.with_profile || !command.profile.empty();
  // Nobody asked for them: they are left out where they cannot be.
  if (command.engines.empty()) {
    if (command.sources.empty()) std::erase(matrix.builders, Builder::kClang);
  }
  return matrix;
}

// Packets for a hook kind: of the capture, or made.
Result<PacketSource> packets_for(const CompareCommand& command, ContextKind kind, bool kernel) {
  PacketSource out;
  size_t unfit = 0;
  auto add = [&](ByteSpan packet) {
    if (out.packets.size() == kMostPackets) return;
    if (measure::hook_takes(kind, packet)) {
      out.packets.emplace_back(packet.begin(), packet.end());
    } else {
      ++unfit;
    }
  };
  if (!command.packets.empty()) {
    WEIR_TRY(CaptureReader reader, CaptureReader::open(command.packets));
    if (Status known = check_link_type(reader.link_type(), kind); !known)
      return known.take_error().in_file(command.packets);
    for (CapturedPacket packet;;) {
      WEIR_TRY(const bool more, reader.next(packet));
      if (!more) break;
      if (kind == ContextKind::kIp) {
        if (const auto ip = find_ip(reader.link_type(), packet.bytes)) add(*ip);
      } else {
        add(packet.bytes);
      }
    }
    out.what = fmt::format("of {}", printable(file_stem(command.packets)));
  } else {
    measure::InputKind inputs = kind == ContextKind::kIp       ? measure::InputKind::kIp
                                : kind == ContextKind::kMemory ? measure::InputKind::kBytes64
                                                               : measure::InputKind::kFrames;
    inputs = input_kind_from_name(command.inputs).value_or(inputs);
    measure::Inputs made(inputs);
    for (size_t i = 0; i < made.count(); ++i) add(made.bytes(i));
    out.what = measure::input_text(inputs);
  }
  if (kernel && out.packets.size() > kMostKernelPackets) {
    out.packets.resize(kMostKernelPackets);
    out.what += fmt::format(" (the first {}: the kernel takes long)", kMostKernelPackets);
  }
  if (unfit != 0) out.what += fmt::format(" ({} too short for the hook left out)", unfit);
  if (out.packets.empty()) {
    return Error(
        ErrorCode::kUsage,
        fmt::format("there is no packet that a program at {} could be given", context_name(kind)));
  }
  return out;
}

// The C of an object: the one source, or the one of its name.
std::string source_for(const CompareCommand& command, const std::string& file) {
  if (command.sources.size() == 1 && command.files.size() == 1) return command.sources.front();
  // x.bpf.c and x.c are both of x.bpf.o.
  const auto name = [](const std::string& path) {
    std::string out = std::filesystem::path(path).stem().string();
    if (out.ends_with(".bpf")) out.resize(out.size() - 4);
    return out;
  };
  for (const std::string& source : command.sources) {
    if (name(source) == name(file)) return source;
  }
  return "";
}

struct Comparison {
  Json json;
  bool differs = false;
  Exit exit = Exit::kOk;
};

Result<ComparedProgram> compare_one(const CompareCommand& command, const CompareOptions& options,
                                    const Input& input, const ProgramRef& ref,
                                    const std::string& folder, PluginCompiler& compiler) {
  Subject subject;
  subject.input = &input;
  WEIR_TRY(subject.program, input.load(ref, command.at));
  CompileChoice choice;
  choice.at = command.at;
  choice.helpers = command.helpers;
  WEIR_TRY(const CompileOptions defaults, choice.options_for(ref.section, "native"));
  subject.kind = defaults.context;
  subject.helpers = defaults.helpers;
  if (context_shape(subject.kind) == ContextShape::kPacket &&
      packet_input(subject.kind) != PacketInput::kFrame) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("a program at {} runs on no packet, and packets are what is measured",
                             context_name(subject.kind)));
  }
  if (!command.setup.empty()) {
    ProgramChoice choice_of_setup;
    choice_of_setup.name = command.setup;
    WEIR_TRY(const ProgramRef setup, input.choose_one(choice_of_setup));
    WEIR_TRY(subject.setup, input.load(setup, command.at));
  }
  subject.source = source_for(command, input.path());
  subject.function = subject.program.name;
  subject.clang_options = command.clang_options;
  subject.folder = folder;
  if (!command.profile.empty()) {
    WEIR_TRY(const ProfileFile profile, read_profile_file(command.profile));
    WEIR_TRY(subject.profile, profile.find(subject.program));
  }
  CompareOptions mine = options;
  // Left out where nobody asked for it and it cannot be.
  if (command.engines.empty() && kernel_program_type(subject.kind) == 0)
    std::erase(mine.matrix.builders, Builder::kKernel);
  if (command.engines.empty() && ((context_shape(subject.kind) != ContextShape::kRaw &&
                                   input.kind() != Input::Kind::kClassic) ||
                                  !measure::dpdk_version())) {
    std::erase(mine.matrix.builders, Builder::kDpdk);
  }
  if (command.engines.empty() && input.kind() != Input::Kind::kClassic)
    std::erase(mine.matrix.builders, Builder::kPcap);
  WEIR_TRY(const PacketSource packets,
           packets_for(command, subject.kind,
                       std::ranges::find(mine.matrix.builders, Builder::kKernel) !=
                           mine.matrix.builders.end()));
  return compare_program(std::move(subject), packets, mine, compiler);
}

Result<Comparison> measure_all(const CompareCommand& command) {
  WEIR_TRY(const TemporaryFolder folder, TemporaryFolder::make());
  CompareOptions options = command.options;
  WEIR_TRY(options.matrix, matrix_of(command));
  if (command.no_time) options.plan.rounds = 0;
  PluginCompiler compiler;
  WEIR_CHECK(compiler.preload());
  Comparison out;
  out.json = {{"format", 1},
              {"weir", compiler_identity()},
              {"machine", measure::machine_json(measure::machine_facts())},
              {"rounds", options.plan.rounds}};
  if (!command.title.empty()) out.json["title"] = printable(command.title);
  out.json["programs"] = Json::array();
  const bool progress = ::isatty(STDERR_FILENO) != 0;
  for (size_t i = 0; i < command.files.size(); ++i) {
    WEIR_TRY(const Input input, Input::read(command.files[i]));
    WEIR_TRY(const std::vector<ProgramRef> refs, input.choose(command.program));
    for (const ProgramRef& ref : refs) {
      if (ref.name == command.setup) continue;
      if (progress)
        fmt::print(stderr, "\r\033[K[{}/{}] {}", i + 1, command.files.size(),
                   printable(ref.name, 40));
      auto compared = compare_one(command, options, input, ref, folder.path(), compiler);
      if (progress) fmt::print(stderr, "\r\033[K");
      if (!compared) {
        print_error(compared.take_error().in_program(ref.name).in_file(command.files[i]));
        out.exit = Exit::kFailed;
        continue;
      }
      if (compared->differs) {
        out.exit = Exit::kFailed;
        print_warning(fmt::format("{}: a variant does something else than the reference",
                                  printable(ref.name)));
      }
      out.json["programs"].push_back(std::move(compared->json));
    }
  }
  return out;
}

Result<Json> read_json(const std::string& path) {
  WEIR_TRY(const std::vector<uint8_t> bytes, read_data(path));
  Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object() || !json.contains("programs") ||
      json.value("format", 0) != 1) {
    return Error(ErrorCode::kUsage, "this is no comparison of this version of weir")
        .in_file(path)
        .with_hint("weir compare --save FILE writes one");
  }
  return json;
}

// Comparisons that were saved, as one.
Result<Comparison> read_all(const CompareCommand& command) {
  Comparison out;
  for (const std::string& path : command.from) {
    WEIR_TRY(Json one, read_json(path));
    if (out.json.is_null()) {
      out.json = std::move(one);
    } else {
      for (Json& program : one["programs"]) out.json["programs"].push_back(std::move(program));
    }
  }
  if (!command.title.empty()) out.json["title"] = printable(command.title);
  return out;
}

std::string bytes_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Exit> check_baseline(const CompareCommand& command, const Json& comparison) {
  if (command.update) {
    WEIR_CHECK(write_file(command.baseline, as_bytes(baseline_of(comparison).dump(1) + "\n")));
    fmt::print("{}: updated\n", command.baseline);
    return Exit::kOk;
  }
  WEIR_TRY(const Json baseline, read_json(command.baseline));
  const BaselineResult result =
      compare_with_baseline(comparison, baseline, command.tolerance / 100);
  for (const std::string& note : result.notes) fmt::print("note: {}\n", note);
  for (const std::string& better : result.better) fmt::print("better: {}\n", better);
  for (const Worsening& worse : result.worse) {
    fmt::print("worse: {} {}: {}\n", worse.program, worse.variant, worse.what);
    for (const std::string& line : worse.lines) fmt::print("  {}\n", line);
  }
  fmt::print("{} variants compared with {}: {} worse, {} better\n", result.compared,
             command.baseline, result.worse.size(), result.better.size());
  if (result.worse.empty()) return Exit::kOk;
  fmt::print("(to accept: the same command with --update)\n");
  return Exit::kFailed;
}

Result<Exit> compare(const CompareCommand& command) {
  if (command.from.empty() == command.files.empty())
    return Error(ErrorCode::kUsage, "give programs to compare, or --from with saved comparisons");
  WEIR_TRY(Comparison comparison, command.from.empty() ? measure_all(command) : read_all(command));
  if (comparison.json["programs"].empty()) return Exit::kFailed;
  if (!command.save.empty())
    WEIR_CHECK(write_file(command.save, as_bytes(bytes_of(comparison.json))));
  if (!command.csv.empty())
    WEIR_CHECK(write_file(command.csv, as_bytes(comparison_csv(comparison.json))));
  if (!command.html.empty()) {
    Json page = comparison.json;
    if (!command.before.empty()) {
      WEIR_TRY(page["before"], read_json(command.before));
    }
    WEIR_CHECK(write_file(command.html, as_bytes(html_report(page))));
  }
  if (command.out.as_json()) {
    print_json(comparison.json, command.out);
  } else if (command.baseline.empty()) {
    fmt::print("{}", comparison_text(comparison.json));
    if (command.lines != 0) fmt::print("\n{}", cost_by_line_text(comparison.json, command.lines));
  }
  if (command.baseline.empty()) return comparison.exit;
  WEIR_TRY(const Exit exit, check_baseline(command, comparison.json));
  return worst(comparison.exit, exit);
}

Exit run(const CompareCommand& command) {
  auto exit = compare(command);
  return exit ? *exit : fail(exit.error(), command.out);
}

}  // namespace

void add_compare_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand(
      "compare", "Build programs in many ways and compare code, speed and where they differ");
  auto command = std::make_shared<CompareCommand>();
  sub->add_option("FILES", command->files, "BPF objects, .s, .hex, .bin, .cbpf");
  add_pcap_filter(*sub, command->pcap_filter);
  sub->add_option("--source", command->sources,
                  "C source of a file, compiled by clang for this machine as the reference;\n"
                  "of several files each finds the source of its name")
      ->type_name("FILE.c");
  sub->add_option("--clang-option", command->clang_options,
                  "One more option for clang, as -Iinclude")
      ->type_name("OPTION")
      ->allow_extra_args(false);
  sub->add_option("--levels", command->levels, "Optimisation levels: 0,1,2,3,s")
      ->capture_default_str();
  sub->add_option("--cpus", command->cpus, "CPUs to compile for, as of weir compile")
      ->capture_default_str();
  sub->add_option("--policies", command->policies, "strict,guard,trusted")->capture_default_str();
  sub->add_option("--inlining", command->inlining,
                  "on,off: map lookups and subprograms in place, or as calls")
      ->capture_default_str();
  sub->add_option(
      "--engines", command->engines,
      "aot, jit, interpreter, clang (the C source), kernel (its JIT, where this\n"
      "machine allows it), dpdk (the JIT of librte_bpf, where that is installed); of\n"
      "classic filters also pcap (libpcap's interpreter); default: all that can be had");
  sub->add_option("--reference", command->options.reference,
                  "What ratios are against: a variant as the table names it (default: clang's\n"
                  "first, else weir's)")
      ->type_name("VARIANT");
  sub->add_option("--setup", command->setup,
                  "A program of the file that is run once first, to fill the maps")
      ->type_name("PROGRAM");
  sub->add_option("--packets", command->packets, "Packets to run on, a capture")->type_name("PCAP");
  sub->add_option("--inputs", command->inputs,
                  "Packets that are made: frames, ip, dns, bytes40 to bytes1500, strings\n"
                  "(default: as the hook takes them)")
      ->type_name("KIND")
      ->excludes("--packets");
  sub->add_option("--rounds", command->options.plan.rounds, "Timings of each variant")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  sub->add_flag("--no-time", command->no_time, "Only what is the same on every run");
  sub->add_flag("--with-profile", command->with_profile,
                "Also with a profile, recorded on the same packets");
  sub->add_option("--profile", command->profile, "Also with this profile (weir run --profile)")
      ->type_name("FILE");
  sub->add_option("--lines", command->lines,
                  "Show the cost of so many source lines, and why passes left them so")
      ->type_name("N");
  sub->add_option("--csv", command->csv, "Write a row for each variant")->type_name("FILE");
  sub->add_option("--html", command->html, "Write a page to look at, with all code side by side")
      ->type_name("FILE");
  sub->add_option("--before", command->before,
                  "A saved comparison to show beside it in the page: another compiler or commit")
      ->type_name("FILE")
      ->needs("--html");
  sub->add_option("--save", command->save, "Write everything, for --from and --before")
      ->type_name("FILE");
  sub->add_option("--from", command->from, "Measure nothing: show saved comparisons")
      ->type_name("FILE");
  auto* baseline = sub->add_option(
      "--baseline", command->baseline,
      "Exit code 1 if code got larger, takes more instructions or estimated cycles, or\n"
      "has more guards than this file says; never by time");
  baseline->type_name("FILE");
  sub->add_flag("--update", command->update, "Write the baseline instead")->needs(baseline);
  sub->add_option("--tolerance", command->tolerance, "Per cent that count as the same")
      ->check(CLI::Range(0.0, 100.0))
      ->needs(baseline);
  sub->add_option("--title", command->title, "What this comparison is of, for the page");
  add_program_choice(*sub, command->program);
  add_at(*sub, command->at);
  add_helpers(*sub, command->helpers);
  add_output_options(*sub, command->out);
  sub->footer(
      "Example:\n"
      "  weir compare ip_dst.bpf.o --source ip_dst.bpf.c --lines 10\n"
      "  weir compare filter.bpf.o --levels 0,2,3,s --cpus x86-64,native --html report.html\n"
      "  weir compare filters/*.bpf.o --no-time --baseline baseline.json\n"
      "  weir compare --pcap-filter 'tcp port 80' --packets traffic.pcap");
  sub->callback([command, &exit] {
    if (command->pcap_filter.expression) command->pcap_filter.add_to(command->files);
    exit = run(*command);
  });
}

}  // namespace weir::tool
