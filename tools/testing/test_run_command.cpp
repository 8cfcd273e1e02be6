// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir test run: one program on packets, as BPF_PROG_TEST_RUN runs it, or several as a chain. With
// --against-kernel the kernel runs the same, and each difference is told. With --request one JSON
// request is answered.
#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/chain_options.h"
#include "tools/hex.h"
#include "tools/testing/map_types.h"
#include "tools/testing/packets.h"
#include "tools/testing/request.h"
#include "tools/testing/run_kernel.h"
#include "tools/testing/run_weir.h"
#include "tools/testing/test_commands.h"

namespace weir::tool {

namespace {

struct TestRunCommand {
  std::vector<std::string> files;     // the first one is the test's object
  std::vector<std::string> programs;  // --prog
  std::string request, capture, output;
  bool init = false;  // weir test init: `output` is the test file
  std::vector<std::string> hex, context, maps;
  ChainOptions chain;
  uint32_t repeat = 1;
  bool against_kernel = false;
  LoadChoice load;
  OutputOptions out;
};

// The updates of one map, from a file: [["key", "value"], ...] in hex digits, or
// [{"key": ..., "value": ...}, ...] as the types say.
Status add_map(const std::string& text, const MapTypes& types, std::vector<MapStep>& steps) {
  WEIR_TRY(const auto named, split_option(text, "--map"));
  WEIR_TRY(const MapDef* const map, types.find(named.first));
  WEIR_TRY(const Bytes bytes, read_data(named.second));
  const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!json.is_array()) {
    return Error(ErrorCode::kUsage,
                 "expected a list of [\"key\", \"value\"], both hex digits, or of "
                 "{\"key\": ..., \"value\": ...}")
        .in_file(named.second);
  }
  for (const Json& entry : json) {
    Json typed = entry;
    if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      typed = {{"key", "hex:" + entry[0].get<std::string>()},
               {"value", "hex:" + entry[1].get<std::string>()}};
    }
    auto step = types.update(*map, typed);
    if (!step) return step.take_error().in_file(named.second);
    step->map = named.first;
    steps.push_back(std::move(*step));
  }
  return {};
}

// The programs of a chain, in the order given: those that --prog names, each in the file that has
// it; else the one of each file. Nothing: it is one program, and no chain.
Result<std::vector<ChainedProgram>> chain_of(const TestRunCommand& command) {
  std::vector<ChainedProgram> chain;
  const bool several = command.files.size() > 1 || command.programs.size() > 1;
  if (!several && command.chain.empty()) return chain;
  std::vector<Input> inputs;
  for (const std::string& file : command.files) {
    WEIR_TRY(Input input, Input::read(file));
    inputs.push_back(std::move(input));
  }
  for (size_t i = 0; command.programs.empty() && i < inputs.size(); ++i) {
    WEIR_TRY(const ProgramRef ref, inputs[i].choose_one(command.load.program));
    chain.push_back({.file = command.files[i], .program = ref.name, .section = ref.section});
  }
  for (const std::string& name : command.programs) {
    const size_t before = chain.size();
    for (size_t i = 0; i < inputs.size(); ++i) {
      WEIR_TRY(const std::vector<ProgramRef> all, inputs[i].programs());
      const auto found = std::ranges::find(all, name, &ProgramRef::name);
      if (found == all.end()) continue;
      chain.push_back({.file = command.files[i], .program = name, .section = found->section});
    }
    if (chain.size() == before) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("no file has a program '{}'", printable(name)));
    }
    if (chain.size() > before + 1) {
      return Error(ErrorCode::kUsage, fmt::format("{} files have a program '{}'",
                                                  chain.size() - before, printable(name)))
          .with_hint("give files with one program each, without --prog");
    }
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (chain[i].file != chain[j].file || chain[i].program != chain[j].program) continue;
      return Error(ErrorCode::kUsage,
                   fmt::format("'{}' is given twice", printable(chain[i].program)));
    }
  }
  WEIR_CHECK(apply_chain_options(command.chain, chain));
  return chain;
}

Result<TestCase> test_of(const TestRunCommand& command, const Input& input) {
  TestCase test;
  test.program = command.programs.size() == 1 ? command.programs[0] : command.load.program.name;
  test.section = command.load.program.section;
  test.kind = command.load.compile.at;
  test.repeat = command.repeat;
  WEIR_TRY(test.chain, chain_of(command));
  if (!command.capture.empty()) {
    WEIR_TRY(test.packets, read_packets(command.capture));
  }
  for (const std::string& hex : command.hex) {
    WEIR_TRY(Bytes data, parse_hex(hex, "--packet"));
    test.packets.push_back({.data = std::move(data), .fields = {}});
  }
  if (test.packets.empty()) {
    return Error(ErrorCode::kUsage, "there is no packet to run on")
        .with_hint("give a capture with --packets, or hex digits with --packet");
  }
  for (const std::string& text : command.context) {
    WEIR_TRY(const auto field, split_option(text, "--ctx"));
    uint64_t value = 0;
    const auto parsed = CLI::detail::lexical_cast(field.second, value);
    if (!parsed) {
      return Error(ErrorCode::kUsage,
                   fmt::format("--ctx: '{}' is no number", printable(field.second)));
    }
    for (TestPacket& packet : test.packets) packet.fields[field.first] = value;
  }
  if (command.maps.empty()) return test;
  WEIR_TRY(const MapTypes types, MapTypes::of(input, test));
  for (const std::string& text : command.maps) WEIR_CHECK(add_map(text, types, test.steps));
  return test;
}

std::string verdict_text(ContextKind kind, const PacketOutcome& run) {
  const std::string_view name = verdict_name(kind, run.retval);
  return name.empty() ? fmt::format("{}", run.retval) : fmt::format("{} ({})", name, run.retval);
}

// How the packet differs from what went in, in a few words.
std::string change_text(ContextKind kind, const Bytes& before, const Bytes& after) {
  const size_t start = begins_at_ip(kind) ? kEthernetHeader : 0;
  const ByteSpan was = ByteSpan(before).subspan(start), is = ByteSpan(after).subspan(start);
  if (std::ranges::equal(was, is)) return "unchanged";
  if (was.size() != is.size()) return fmt::format("{} -> {} bytes", before.size(), after.size());
  size_t changed = 0;
  for (size_t i = 0; i < was.size(); ++i) changed += was[i] != is[i] ? 1 : 0;
  return fmt::format("{} bytes changed", changed);
}

// An entry of a map as its types say, as bytes where they say nothing.
std::string shown(const MapTypes& types, const MapDef& map, bool key, const Bytes& bytes) {
  const Json json = types.json(map, key, bytes);
  if (!json.is_string()) return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto text = json.get<std::string>();
  return text.starts_with("hex:") ? to_hex(bytes) : printable(text);
}

void print_text(const TestCase& test, const TestOutcome& outcome, const MapTypes& types) {
  if (outcome.chain.empty()) {
    fmt::print("program   {}, at {}\n", program_label(outcome.program, outcome.section),
               context_name(outcome.kind));
  } else {
    fmt::print("{}at        {}\n", chain_text(outcome.kind, outcome.chain),
               context_name(outcome.kind));
  }
  fmt::print("engine    {}\n", outcome.engine);
  for (size_t i = 0; i < outcome.runs.size(); ++i) {
    const PacketOutcome& run = outcome.runs[i];
    const Bytes& data = test.packets[i].data;
    if (run.refused != 0) {
      fmt::print("packet {:>4}  {} bytes: not run on: {}\n", i, data.size(), run.note);
    } else {
      fmt::print("packet {:>4}  {} bytes: {}, {}{}{}\n", i, data.size(),
                 verdict_text(outcome.kind, run), change_text(outcome.kind, data, run.out),
                 run.redirect ? ", to " + redirect_text(*run.redirect) : "",
                 run.decided.empty() ? "" : ", decided by " + printable(run.decided));
    }
    if (run.trapped) fmt::print("             {}\n", run.note);
    if (test.repeat > 1) fmt::print("             {} ns a run\n", run.time.count());
  }
  for (const MapContents& map : outcome.maps) {
    fmt::print("map       {}: {} entries\n", printable(map.name), map.entries.size());
    const auto def = types.find(map.name);
    for (const auto& [key, value] : map.entries) {
      fmt::print("            {} = {}\n", def ? shown(types, **def, true, key) : to_hex(key),
                 def ? shown(types, **def, false, value) : to_hex(value));
    }
  }
}

Json outcome_json(const TestCase& test, const TestOutcome& outcome) {
  Json runs = runs_json(outcome);
  for (size_t i = 0; i < outcome.runs.size(); ++i) {
    if (outcome.runs[i].refused != 0) continue;
    if (const auto name = verdict_name(outcome.kind, outcome.runs[i].retval); !name.empty())
      runs[i]["verdict"] = name;
    if (test.repeat > 1) runs[i]["ns"] = outcome.runs[i].time.count();
  }
  Json out = {{"program", printable(outcome.program)},
              {"section", printable(outcome.section)},
              {"at", context_name(outcome.kind)},
              {"engine", outcome.engine},
              {"runs", std::move(runs)},
              {"maps", maps_json(outcome.maps)}};
  if (!outcome.chain.empty()) out["chain"] = chain_json(outcome.kind, outcome.chain);
  return out;
}

Exit run_request(const TestRunCommand& command) {
  OutputOptions out = command.out;
  out.json = true;
  auto text = read_data(command.request);
  if (!text) return fail(text.error(), out);
  auto request = parse_request(*text);
  if (!request) return fail(request.take_error().in_file(command.request), out);
  request->load.cache = command.load.cache;
  auto reply = answer(*request);
  if (!reply) return fail(reply.error(), out);
  print_json(*reply, out);
  return Exit::kOk;
}

struct Compared {
  TestOutcome outcome;
  std::vector<std::string> differences;
};

Result<Compared> run_both(const TestRunCommand& command, const TestCase& test, const Input& input) {
  Compared result;
  WEIR_TRY(result.outcome, run_in_weir(input, test, command.load));
  if (!command.against_kernel) return result;
  const std::string& file = command.files.front();
  WEIR_TRY(const Bytes object, read_data(file));
  auto kernel = run_in_kernel(object, file.substr(file.rfind('/') + 1), test);
  if (!kernel) return kernel.take_error().in_file(file);
  result.differences = differences(result.outcome, *kernel, "weir", "kernel");
  return result;
}

Exit run(const TestRunCommand& command) {
  if (!command.request.empty()) return run_request(command);
  if (command.files.empty()) {
    return fail(Error(ErrorCode::kUsage, "FILES with a program, or --request, is needed"),
                command.out);
  }
  const std::string& file = command.files.front();
  auto input = Input::read(file);
  if (!input) return fail(input.error(), command.out);
  for (const std::string& warning : input->warnings())
    print_warning(fmt::format("{}: {}", printable(file, 4096), warning));
  auto test = test_of(command, *input);
  if (!test) return fail(test.error(), command.out);
  auto result = run_both(command, *test, *input);
  if (!result) return fail(result.error(), command.out);
  if (command.init) {
    Status written = write_test_file(command.output, file, *test, result->outcome);
    return written ? Exit::kOk : fail(written.error(), command.out);
  }
  if (!command.output.empty()) {
    if (Status written = write_packets(command.output, result->outcome); !written)
      return fail(written.error(), command.out);
  }
  if (command.out.as_json()) {
    Json json = outcome_json(*test, result->outcome);
    if (command.against_kernel) {
      json["differences"] = result->differences;
      json["not_compared"] = not_compared(result->outcome);
    }
    print_json(json, command.out);
  } else {
    auto types = MapTypes::of(*input, *test);
    if (!types) return fail(types.error(), command.out);
    print_text(*test, result->outcome, *types);
    if (command.against_kernel) {
      fmt::print("kernel    {}\n", result->differences.empty()
                                       ? "agrees"
                                       : fmt::format("{} differences", result->differences.size()));
      for (const std::string& line : result->differences) fmt::print("            {}\n", line);
      for (const std::string& line : not_compared(result->outcome))
        fmt::print("            not compared: {}\n", line);
    }
  }
  return result->differences.empty() ? Exit::kOk : Exit::kFailed;
}

// What both commands take: the program, and what it is given.
void add_run_options(CLI::App& sub, TestRunCommand& command) {
  sub.add_option("FILES", command.files,
                 "BPF object or native object (.weir); programs of several run as a chain");
  sub.add_option("--packets", command.capture, "Packets: a pcap or pcapng file of Ethernet frames")
      ->type_name("FILE");
  sub.add_option("--packet", command.hex, "A packet as hex digits; may be given several times")
      ->type_name("BYTES");
  sub.add_option("--ctx", command.context,
                 "A member of the context, as ingress_ifindex=3 or mark=7")
      ->type_name("NAME=N");
  sub.add_option(
         "--map", command.maps,
         "What a map holds at the start: a JSON list of [\"key\", \"value\"], hex digits, or "
         "of {\"key\": ..., \"value\": ...} as its types say")
      ->type_name("NAME=FILE");
  sub.add_option("--prog", command.programs,
                 "The program; several run as a chain, in the order of their priorities")
      ->type_name("NAME")
      ->allow_extra_args(false);
  add_chain_options(sub, command.chain);
  add_load_choice(sub, command.load, true);
  add_output_options(sub, command.out);
}

}  // namespace

void add_test_run_command(CLI::App& test, Exit& exit) {
  auto* sub = test.add_subcommand("run", "Run a program on packets as BPF_PROG_TEST_RUN does");
  auto command = std::make_shared<TestRunCommand>();
  add_run_options(*sub, *command);
  sub->add_option("--repeat", command->repeat,
                  "Runs of each packet, each on what the one before left (for timing)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'000'000'000U));
  sub->add_option("--out", command->output, "Write the packets as they are afterwards (pcap)")
      ->type_name("FILE");
  sub->add_flag(
      "--against-kernel", command->against_kernel,
      "Run the same in the kernel and tell every difference; exit code 1 if there is one");
  sub->add_option("--request", command->request,
                  "Answer a request in JSON (docs/TESTING.md); - is standard input")
      ->type_name("FILE");
  sub->footer(
      "The context, the room around the packet and what comes out are those of BPF_PROG_TEST_RUN:\n"
      "docs/TESTING.md has the details.\n\n"
      "Example:\n"
      "  weir test run xdp.bpf.o --packets in.pcap --out after.pcap\n"
      "  weir test run xdp.bpf.o --prog count --prog block --priority block=10 --packets in.pcap\n"
      "  weir test run tc.bpf.o --packet 'ffffffffffff 020000000001 0800 4500...' --ctx mark=7");
  sub->callback([command, &exit] {
    if (command->output == "-" && command->out.as_json()) {
      exit = fail(Error(ErrorCode::kUsage, "JSON and the capture cannot both be standard output"),
                  OutputOptions{});
      return;
    }
    exit = run(*command);
  });
}

void add_test_init_command(CLI::App& test, Exit& exit) {
  auto* sub = test.add_subcommand("init", "Write a test file that says what a program does now");
  auto command = std::make_shared<TestRunCommand>();
  command->init = true;
  command->output = "-";
  add_run_options(*sub, *command);
  sub->add_option("-o,--output", command->output, "The test file, .yaml or .json (default: shown)")
      ->type_name("FILE");
  sub->footer(
      "Example:\n"
      "  weir test init xdp.bpf.o --packets in.pcap -o xdp.test.yaml\n"
      "  weir test xdp.test.yaml");
  sub->callback([command, &exit] { exit = run(*command); });
}

}  // namespace weir::tool
