// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir filter: a program on every packet of a capture, or several as a chain. Zero passes a packet,
// anything else drops it, as in the QEMU series.
//
// Order of things: read the programs and make them ready, open the capture, run packet by packet
// (in batches, packet_run.h), write what passes, tell what happened. A capture that is cut off is
// processed as far as it goes; that is told, and is a failure.
#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/capture.h"
#include "tools/chain_options.h"
#include "tools/filter_control.h"
#include "tools/link_layer.h"
#include "tools/load.h"
#include "tools/map_output.h"
#include "tools/packet_run.h"

namespace weir::tool {

namespace {

struct FilterCommand {
  PcapFilterOption pcap_filter;
  std::string profile;
  std::vector<std::string> programs;  // files
  std::string capture, output;
  ChainOptions chain;
  bool drop_on_error = false;
  bool show_maps = false;
  uint32_t repeat = 1;
  LoadChoice load;
  OutputOptions out;
};

struct FilterResult {
  std::vector<LoadedProgram> loaded;  // in the order given
  std::vector<ChainPlace> chain;      // in the order in which they run; empty: one program
  std::vector<size_t> members;        // parallel: which of `loaded`
  FilterRules rules;
  PacketCounts counts;
  std::optional<Error> damage;  // of the capture
};

bool takes_frames(ContextKind kind) {
  return packet_input(kind) == PacketInput::kFrame && kind != ContextKind::kFlowDissector;
}

// A program is given packets; bytes of any kind are what weir run gives.
std::optional<ContextKind> layer_from_name(std::string_view name) {
  const auto found = context_from_name(name);
  if (!found || found == ContextKind::kMemory) return std::nullopt;
  return takes_frames(*found) ? found : std::nullopt;
}

std::optional<bool> drops_from_name(std::string_view name) {
  if (name == "drop") return true;
  if (name == "pass") return false;
  return std::nullopt;
}

// What the program is given: as --at says, else as it was made for, else frames.
ContextKind layer_of(const FilterCommand& command, const Executable& program) {
  if (command.load.compile.at) return *command.load.compile.at;
  const ContextKind made_for = program.info().options.context;
  return made_for == ContextKind::kMemory ? ContextKind::kFrame : made_for;
}

Result<std::vector<Input>> read_files(const FilterCommand& command) {
  std::vector<Input> inputs;
  for (const std::string& file : command.programs) {
    WEIR_TRY(Input input, Input::read(file));
    for (const std::string& warning : input.warnings())
      print_warning(fmt::format("{}: {}", printable(file, 4096), warning));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// The programs, by name, each loaded.
Result<std::vector<ChainedProgram>> load_programs(const FilterCommand& command,
                                                  const std::vector<Input>& inputs,
                                                  FilterResult& result) {
  std::vector<ChainedProgram> programs;
  for (const Input& input : inputs) {
    LoadChoice choice = command.load;
    choice.count = !command.profile.empty();
    WEIR_TRY(LoadedProgram loaded, load(input, choice));
    const ProgramInfo& info = loaded.executable->info();
    programs.push_back({.file = input.path(), .program = info.name, .section = info.section});
    result.loaded.push_back(std::move(loaded));
  }
  WEIR_CHECK(apply_chain_options(command.chain, programs));
  return programs;
}

// How they run: one alone is judged by its result.
Result<Chain> make_chain(const FilterCommand& command, const std::vector<ChainedProgram>& programs,
                         FilterResult& result) {
  const ContextKind at = result.rules.at;
  std::vector<const ProgramInfo*> infos;
  for (const LoadedProgram& loaded : result.loaded) infos.push_back(&loaded.executable->info());
  WEIR_TRY(PlannedChain planned, plan_chain(at, programs, infos));
  if (programs.size() == 1 && command.chain.empty())
    return Chain(at, {{.program = 0, .name = programs[0].program, .go_on = {}}});
  for (const ChainLink& link : planned.chain.links()) result.members.push_back(link.program);
  result.chain = std::move(planned.places);
  return std::move(planned.chain);
}

Result<FilterResult> filter(const FilterCommand& command) {
  FilterResult result;
  WEIR_TRY(const std::vector<Input> inputs, read_files(command));
  WEIR_TRY(CaptureReader capture, CaptureReader::open(command.capture));
  WEIR_TRY(const std::vector<ChainedProgram> programs, load_programs(command, inputs, result));
  const Executable& program = *result.loaded.front().executable;

  result.rules.at = layer_of(command, program);
  if (!takes_frames(result.rules.at)) {
    return Error(ErrorCode::kUsage, fmt::format("programs at '{}' are not given the packets of a "
                                                "capture",
                                                context_name(result.rules.at)))
        .in_program(program.info().name)
        .with_hint("weir run and weir test run it");
  }
  result.rules.link_type = capture.link_type();
  result.rules.drop_on_error = command.drop_on_error;
  result.rules.budget = command.load.engine.budget;
  result.rules.repeat = command.repeat;
  if (Status known = check_link_type(result.rules.link_type, result.rules.at); !known) {
    return known.take_error().in_file(command.capture);
  }

  WEIR_TRY(Chain chain, make_chain(command, programs, result));

  std::optional<CaptureWriter> writer;
  PacketRun::Passed passed;
  if (!command.output.empty()) {
    auto created = CaptureWriter::create(command.output, capture);
    if (!created) return created.take_error();
    writer.emplace(std::move(*created));
    passed = [&writer](const CapturedPacket& packet) { writer->write(packet); };
  }

  std::vector<const ProgramSet*> members;
  for (const LoadedProgram& loaded : result.loaded) members.push_back(&loaded.programs);
  PacketRun run(std::move(members), std::move(chain), result.rules);
  for (CapturedPacket packet;;) {
    auto more = capture.next(packet);
    if (!more) result.damage = more.take_error();
    if (!more || !*more) break;
    run.add(packet, passed);
  }
  run.finish(passed);
  result.counts = run.counts();
  if (writer) WEIR_CHECK(writer->commit());
  return result;
}

double nanoseconds_a_packet(const PacketCounts& counts) {
  if (counts.runs == 0) return 0;
  return static_cast<double>(counts.run_time.count()) / static_cast<double>(counts.runs);
}

Json result_json(const FilterCommand& command, const FilterResult& result) {
  const PacketCounts& counts = result.counts;
  const LoadedProgram& first = result.loaded.front();
  const Executable& program = *first.executable;
  Json traps = Json::array();
  for (const auto& [where, count] : counts.traps) {
    const auto& [member, number, code, insn] = where;
    const ProgramSet& programs = result.loaded[member].programs;
    Json trap = to_json(programs.executable(number).describe({code, insn}));
    trap["count"] = count;
    traps.push_back(std::move(trap));
  }
  Json out = {{"program", printable(program.info().name)},
              {"section", printable(program.info().section)},
              {"at", context_name(result.rules.at)},
              {"capture", printable(command.capture, 4096)},
              {"link_type", link_name(result.rules.link_type)},
              {"packets", counts.packets},
              {"passed", counts.passed},
              {"dropped", counts.dropped},
              {"not_ip", counts.not_ip},
              {"trapped", counts.trapped},
              {"traps", std::move(traps)},
              {"on_error", command.drop_on_error ? "drop" : "pass"}};
  if (!result.chain.empty()) {
    out["chain"] = chain_json(result.rules.at, result.chain);
    for (size_t i = 0; i < result.chain.size(); ++i)
      out["chain"][i]["decided"] = counts.decided[result.members[i]];
  }
  if (command.show_maps) {
    out["maps"] = Json::object();
    for (size_t i = 0; i < result.loaded.size(); ++i) {
      const Json maps = maps_json(result.loaded[i].maps);
      for (const auto& [name, entries] : maps.items()) {
        const bool twice = out["maps"].contains(name);
        out["maps"][twice ? file_stem(command.programs[i]) + "/" + name : name] = entries;
      }
    }
  }
  if (!command.output.empty()) out["output"] = printable(command.output, 4096);
  out.update(load_json(first));
  out["runs"] = counts.runs;
  out["run_ns"] = counts.run_time.count();
  out["ns_per_packet"] = nanoseconds_a_packet(counts);
  if (result.damage) out["error"] = to_json(*result.damage);
  return out;
}

void print_text(std::FILE* to, const FilterCommand& command, const FilterResult& result) {
  const PacketCounts& counts = result.counts;
  const LoadedProgram& first = result.loaded.front();
  const Executable& program = *first.executable;
  if (result.chain.empty()) {
    fmt::print(to, "program   {}, at {}\n",
               program_label(program.info().name, program.info().section),
               context_name(result.rules.at));
  } else {
    fmt::print(to, "{}at        {}\n", chain_text(result.rules.at, result.chain),
               context_name(result.rules.at));
  }
  fmt::print(to, "packets   {}\n", counts.packets);
  fmt::print(to, "passed    {}\n", counts.passed);
  fmt::print(to, "dropped   {}\n", counts.dropped);
  if (result.rules.at == ContextKind::kIp) {
    fmt::print(to, "not IP    {}{}\n", counts.not_ip,
               counts.not_ip == 0           ? ""
               : result.rules.drop_on_error ? " (dropped)"
                                            : " (passed)");
  }
  fmt::print(to, "traps     {}\n", counts.trapped);
  for (const auto& [where, count] : counts.traps) {
    const auto& [member, number, code, insn] = where;
    const ProgramSet& programs = result.loaded[member].programs;
    fmt::print(to, "{:>9} x {}\n", count,
               programs.executable(number).describe({code, insn}).to_string());
  }
  for (size_t i = 0; i < result.chain.size(); ++i) {
    fmt::print(to, "{:<10}{}: {}\n", i == 0 ? "decided" : "", printable(result.chain[i].program),
               counts.decided[result.members[i]]);
  }
  fmt::print(to, "engine    {}\n", engine_text(program));
  fmt::print(to, "cache     {}\n", cache_text(first.cache));
  fmt::print(to, "loaded in {}\n", milliseconds(first.load_time));
  fmt::print(to, "time      {:.1f} ns a packet ({} runs)\n", nanoseconds_a_packet(counts),
             counts.runs);
  if (command.show_maps) {
    for (const LoadedProgram& loaded : result.loaded) print_maps(to, loaded.maps);
  }
  if (!command.output.empty() && command.output != "-") {
    fmt::print(to, "written   {}\n", printable(command.output, 4096));
  }
}

Exit run(const FilterCommand& command) {
  auto result = filter(command);
  if (!result) return fail(result.error(), command.out);
  for (const LoadedProgram& loaded : result->loaded) warn_of_load(loaded);
  if (!command.profile.empty()) {
    if (Status kept = write_profile(command.profile, result->loaded); !kept)
      return fail(kept.error(), command.out);
  }
  if (result->damage) {
    print_error(Error(*result->damage)
                    .with_hint(fmt::format("the {} packets before that were processed",
                                           result->counts.packets)));
  }
  if (command.out.as_json()) {
    print_json(result_json(command, *result), command.out);
  } else {
    // Standard output may be the capture itself.
    print_text(command.output == "-" ? stderr : stdout, command, *result);
  }
  return result->damage ? Exit::kFailed : Exit::kOk;
}

}  // namespace

void add_filter_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("filter", "Run a program on every packet of a capture");
  auto command = std::make_shared<FilterCommand>();
  sub->add_option(
         "--prog", command->programs,
         "BPF object, native object (.weir) or classic filter (tcpdump -ddd); several run as a "
         "chain")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_pcap_filter(*sub, command->pcap_filter);
  add_chain_options(*sub, command->chain);
  sub->add_option("CAPTURE", command->capture, "pcap or pcapng file; - is standard input");
  sub->add_option("-o,--output", command->output, "Write the packets that pass to this pcap file")
      ->type_name("FILE");
  add_named(*sub, "--at", command->load.compile.at, layer_from_name, "KIND",
            "What the program is given: ip (the packet from its IP header on), frame (the Ethernet "
            "frame), or a hook kind of the kernel: xdp, sched_cls, sched_act, socket_filter, "
            "cgroup_skb, lwt_in, lwt_out, lwt_xmit (default: as its section says; else frame)");
  add_named(*sub, "--on-error", command->drop_on_error, drops_from_name, "pass|drop",
            "What becomes of frames without IP at --at ip, and of packets on which the program "
            "traps (default pass)");
  sub->add_option(
         "--pin", command->load.maps.pin_folder,
         "Pin the program's maps in this folder, or go on with those that are pinned there "
         "(default for maps that ask for LIBBPF_PIN_BY_NAME: $XDG_RUNTIME_DIR/weir/maps)")
      ->type_name("DIR")
      ->envname("WEIR_PIN_DIR");
  sub->add_flag("--maps", command->show_maps, "Show what is in the program's maps at the end");
  sub->add_option("--repeat", command->repeat,
                  "Run the program so many times on each packet, for timing; the first run decides")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'000'000'000U));
  command->load.pins = true;
  sub->add_option("--profile", command->profile,
                  "Count what the programs do, in the interpreter, and add it to this file, for\n"
                  "weir compile --profile")
      ->type_name("FILE");
  add_load_choice(*sub, command->load, false);
  add_output_options(*sub, command->out);
  sub->footer(
      "A result of 0 passes the packet, any other drops it; at the kernel's hook kinds results "
      "mean "
      "what\nthey mean there (XDP_PASS, TC_ACT_SHOT, ...). Captures: Ethernet; with --at ip also "
      "raw\nIP, Linux cooked v1 and v2, and loopback.\n\n"
      "Example:\n"
      "  weir filter --prog ip_dst.bpf.o --at ip in.pcap -o out.pcap\n"
      "  weir filter --pcap-filter 'tcp port 80' in.pcap -o http.pcap");
  add_filter_control(*sub, exit);
  sub->callback([command, sub, &exit] {
    if (!sub->get_subcommands().empty()) return;
    // Not required() above: the commands below filter do without.
    if (command->pcap_filter.expression) command->pcap_filter.add_to(command->programs);
    if (command->programs.empty()) throw CLI::RequiredError("--prog");
    if (command->capture.empty()) throw CLI::RequiredError("CAPTURE");
    if (command->output == "-" && command->out.as_json()) {
      exit = fail(Error(ErrorCode::kUsage, "JSON and the capture cannot both be standard output"),
                  OutputOptions{});
      return;
    }
    exit = run(*command);
  });
}

}  // namespace weir::tool
