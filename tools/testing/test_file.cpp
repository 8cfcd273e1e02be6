// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/test_file.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/hex.h"
#include "tools/testing/map_types.h"
#include "tools/testing/packet_builder.h"
#include "tools/testing/packets.h"
#include "tools/testing/test_sockets.h"
#include "tools/testing/yaml.h"

namespace weir::tool {

namespace {

Error bad(std::string what) {
  return Error(ErrorCode::kUsage, std::move(what));
}

std::string shown(const Json& json) {
  return printable(json.dump(-1, ' ', false, Json::error_handler_t::replace), 200);
}

// {"counter": 5, "enabled": 7, "running": 7}
Result<std::array<uint64_t, 3>> parse_perf_event(const Json& json) {
  std::array<uint64_t, 3> out{};
  constexpr std::string_view kNames[] = {"counter", "enabled", "running"};
  for (const auto& [name, value] : json.items()) {
    const auto found = std::ranges::find(kNames, name);
    if (found == std::end(kNames) || !value.is_number_unsigned()) {
      return bad(
          fmt::format("perf_event: '{}' is not known, or has no such value", printable(name)));
    }
    out[static_cast<size_t>(found - std::begin(kNames))] = value.get<uint64_t>();
  }
  return out;
}

// What the programs of a file, or of one test of it, find in the world. False: it is something
// else.
Result<bool> parse_world(const std::string& name, const Json& value, TestCase& test) {
  if (name == "sockets") {
    WEIR_TRY(const std::vector<Socket> sockets, parse_sockets(value));
    test.sockets.insert(test.sockets.end(), sockets.begin(), sockets.end());
    return true;
  }
  if (name == "perf_event" && value.is_object()) {
    WEIR_TRY(test.perf_event, parse_perf_event(value));
    return true;
  }
  return false;
}

struct Reader {
  std::string folder;  // with the slash at its end
  MapTypes types;
  ContextKind kind = ContextKind::kXdp;
  std::vector<ChainedProgram> chain;

  std::string path(const std::string& name) const {
    return name.starts_with('/') ? name : folder + name;
  }

  // {"hex": ...}, {"build": [...]}, {"pcap": FILE, "index": N}
  Result<std::vector<Bytes>> packets(const Json& json) const {
    std::vector<Bytes> out;
    if (const auto hex = json.find("hex"); hex != json.end() && hex->is_string()) {
      WEIR_TRY(Bytes bytes, parse_hex(hex->get<std::string>(), "hex"));
      out.push_back(std::move(bytes));
    } else if (const auto layers = json.find("build"); layers != json.end()) {
      WEIR_TRY(Bytes bytes, build_packet(*layers));
      out.push_back(std::move(bytes));
    } else if (const auto file = json.find("pcap"); file != json.end() && file->is_string()) {
      WEIR_TRY(std::vector<TestPacket> all, read_packets(path(file->get<std::string>())));
      const auto index = json.find("index");
      for (size_t i = 0; i < all.size(); ++i) {
        if (index == json.end() || *index == i) out.push_back(std::move(all[i].data));
      }
      if (out.empty()) return bad("there is no such packet in the capture");
    } else {
      return bad("a packet has one of hex, build and pcap");
    }
    return out;
  }

  Result<uint32_t> verdict(const Json& json) const {
    if (json.is_number_unsigned() && json <= UINT32_MAX) return json.get<uint32_t>();
    if (json.is_number_integer() && json == -1) return UINT32_MAX;
    const std::string name = json.is_string() ? json.get<std::string>() : std::string();
    for (uint32_t value = 0; value < 256 && !name.empty(); ++value) {
      if (verdict_name(kind, value) == name) return value;
    }
    if (!name.empty() && verdict_name(kind, UINT32_MAX) == name) return UINT32_MAX;
    return bad(fmt::format("{} is no verdict at '{}'", shown(json), context_name(kind)));
  }

  // {"ifindex": 7} or {"map": NAME, "key": 3}
  Result<RedirectTarget> redirect(const Json& json) const {
    RedirectTarget target;
    bool key = false;
    for (const auto& [name, value] : json.items()) {
      if (name == "ifindex" && value.is_number_unsigned() && value <= UINT32_MAX) {
        target.ifindex = value.get<uint32_t>();
      } else if (name == "map" && value.is_string()) {
        target.map = value.get<std::string>();
      } else if (name == "key" && value.is_number_unsigned()) {
        target.key = value.get<uint64_t>();
        key = true;
      } else {
        return bad(
            fmt::format("redirect: '{}' is not known, or has no such value", printable(name)));
      }
    }
    if (key == target.map.empty() || json.size() > 2 || json.empty())
      return bad("redirect is {ifindex: N} or {map: NAME, key: N}");
    return target;
  }

  Status fields(const Json& json, std::map<std::string, uint64_t>& out) const {
    for (const auto& [name, value] : json.items()) {
      if (!value.is_number_unsigned()) return bad(fmt::format("ctx: {} is no number", name));
      WEIR_CHECK(context_member(kind, name));
      out[name] = value.get<uint64_t>();
    }
    return {};
  }

  Status packet(const Json& json, const Json& common, FileTest& test) const {
    if (!json.is_object()) return bad("a packet is no object");
    ExpectedPacket expected;
    std::map<std::string, uint64_t> context;
    if (common.is_object()) WEIR_CHECK(fields(common, context));
    for (const auto& [name, value] : json.items()) {
      if (name == "verdict") {
        WEIR_TRY(expected.retval, verdict(value));
      } else if (name == "out") {
        WEIR_TRY(std::vector<Bytes> out, packets(value));
        expected.out = std::move(out.front());
      } else if (name == "unchanged" && value.is_boolean()) {
        expected.unchanged = value.get<bool>();
      } else if (name == "ctx" && value.is_object()) {
        WEIR_CHECK(fields(value, context));
      } else if (name == "redirect" && value.is_object()) {
        WEIR_TRY(expected.redirect, redirect(value));
      } else if (name == "decided" && value.is_string()) {
        expected.decided = value.get<std::string>();
        if (std::ranges::find(chain, *expected.decided, &ChainedProgram::program) == chain.end())
          return bad(fmt::format("the chain has no program {}", shown(value)));
      } else if (name != "hex" && name != "build" && name != "pcap" && name != "index") {
        return bad(fmt::format("packet: '{}' is not known, or has no such value", printable(name)));
      }
    }
    WEIR_TRY(const std::vector<Bytes> all, packets(json));
    for (const Bytes& data : all) {
      test.run.packets.push_back({data, context});
      test.packets.push_back(expected);
    }
    return {};
  }

  // {"map": [{"key": ..., "value": ...}, ...]}
  template <class Each>
  Status entries(const Json& json, Each&& each) const {
    if (!json.is_object()) return bad("maps is no object of lists");
    for (const auto& [name, list] : json.items()) {
      WEIR_TRY(const MapDef* const map, types.find(name));
      if (!list.is_array()) return bad(fmt::format("map {}: no list", printable(name)));
      for (const Json& entry : list) {
        if (!entry.is_object() || !entry.contains("key") || !entry.contains("value"))
          return bad(fmt::format("map {}: an entry has a key and a value", printable(name)));
        WEIR_TRY(Bytes key, types.bytes(*map, true, entry["key"]));
        std::optional<Bytes> value;
        if (!entry["value"].is_null()) {
          WEIR_TRY(value, types.bytes(*map, false, entry["value"]));
        }
        WEIR_CHECK(each(name, std::move(key), std::move(value)));
      }
    }
    return {};
  }

  Status start(const Json& json, std::vector<MapStep>& steps) const {
    return entries(json,
                   [&](const std::string& map, Bytes key, std::optional<Bytes> value) -> Status {
                     if (!value) return bad("an entry of the start has a value");
                     MapStep step;
                     step.map = map;
                     step.key = std::move(key);
                     step.value = std::move(*value);
                     steps.push_back(std::move(step));
                     return {};
                   });
  }

  Result<FileTest> test(const Json& json, const TestCase& common, const Json& context) const {
    if (!json.is_object()) return bad("a test is no object");
    FileTest test;
    test.run = common;
    for (const auto& [name, value] : json.items()) {
      if (name == "name" && value.is_string()) {
        test.name = value.get<std::string>();
      } else if (name == "start") {
        WEIR_CHECK(start(value, test.run.steps));
      } else if (name == "maps") {
        WEIR_CHECK(entries(
            value, [&](const std::string& map, Bytes key, std::optional<Bytes> expected) -> Status {
              test.entries.push_back({map, std::move(key), std::move(expected)});
              return {};
            }));
      } else if (name == "packets" && value.is_array()) {
        for (const Json& item : value) WEIR_CHECK(packet(item, context, test));
      } else {
        WEIR_TRY(const bool known, parse_world(name, value, test.run));
        if (known) continue;
        return bad(fmt::format("test: '{}' is not known, or has no such value", printable(name)));
      }
    }
    if (test.run.packets.empty()) return bad("a test has no packets");
    return test;
  }
};

Result<Json> read_document(const std::string& path) {
  WEIR_TRY(const Bytes bytes, read_data(path));
  if (!path.ends_with(".json")) return yaml_to_json(bytes);
  Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (json.is_discarded()) return bad("the file is no JSON");
  return json;
}

// The head of a file: which program, how.
struct Head {
  std::string program, name, section, type, policy = "guard";
  std::vector<ChainedProgram> chain;  // paths as they stand there
  TestCase world;                     // sockets and counters alone
};

// {"name": ..., "program": FILE, "priority": 10, "go_on": ["XDP_PASS"]}
Result<ChainedProgram> parse_chained(const Json& json) {
  ChainedProgram out;
  if (!json.is_object()) return bad("chain: a program is no object");
  for (const auto& [key, value] : json.items()) {
    if (key == "name" && value.is_string()) {
      out.program = value.get<std::string>();
    } else if (key == "program" && value.is_string()) {
      out.file = value.get<std::string>();
    } else if (key == "section" && value.is_string()) {
      out.section = value.get<std::string>();
    } else if (key == "priority" && value.is_number_unsigned() && value <= UINT32_MAX) {
      out.priority = value.get<uint32_t>();
    } else if (key == "go_on" && (value.is_string() || value.is_array())) {
      for (const Json& one : value.is_array() ? value : Json::array({value})) {
        if (!one.is_string() && !one.is_number_integer()) return bad("chain: go_on names results");
        if (!out.go_on.empty()) out.go_on += ",";
        out.go_on += one.is_string() ? one.get<std::string>() : one.dump();
      }
      if (out.go_on.empty()) out.go_on = "none";
    } else {
      return bad(fmt::format("chain: '{}' is not known, or has no such value", printable(key)));
    }
  }
  return out;
}

Result<Head> parse_head(const Json& json) {
  Head head;
  if (!json.is_object()) return bad("a test file is an object with program and tests");
  for (const auto& [name, value] : json.items()) {
    const bool text = value.is_string();
    if (name == "program" && text)
      head.program = value.get<std::string>();
    else if (name == "name" && text)
      head.name = value.get<std::string>();
    else if (name == "section" && text)
      head.section = value.get<std::string>();
    else if (name == "type" && text)
      head.type = value.get<std::string>();
    else if (name == "policy" && text)
      head.policy = value.get<std::string>();
    else if (name == "chain" && value.is_array() && !value.empty()) {
      for (const Json& program : value) {
        WEIR_TRY(ChainedProgram parsed, parse_chained(program));
        head.chain.push_back(std::move(parsed));
      }
    } else if (name != "tests" && name != "ctx" && name != "start") {
      WEIR_TRY(const bool known, parse_world(name, value, head.world));
      if (known) continue;
      return bad(fmt::format("'{}' is not known, or has no such value", printable(name)));
    }
  }
  return head;
}

Result<TestFile> parse_file(const Json& json, const std::string& folder,
                            const std::string& program) {
  WEIR_TRY(const Head head, parse_head(json));
  TestFile file;
  file.program = !program.empty()                ? program
                 : head.program.starts_with('/') ? head.program
                                                 : folder + head.program;
  if (program.empty() && head.program.empty()) return bad("the file names no program");
  const auto policy = policy_from_name(head.policy);
  if (!policy) return bad(fmt::format("there is no policy '{}'", printable(head.policy)));
  file.policy = *policy;

  TestCase common = head.world;
  common.program = head.name;
  common.section = head.section;
  if (!head.type.empty()) {
    common.kind = context_from_name(head.type);
    if (!common.kind) return bad(fmt::format("there is no hook kind '{}'", printable(head.type)));
  }
  WEIR_TRY(const Input input, Input::read(file.program));
  for (ChainedProgram program : head.chain) {
    const bool other = !program.file.empty();
    if (other && !program.file.starts_with('/')) program.file = folder + program.file;
    std::optional<Input> opened;
    if (other) {
      WEIR_TRY(opened, Input::read(program.file));
    } else {
      program.file = input.path();
    }
    WEIR_TRY(const ProgramRef ref,
             (opened ? *opened : input).choose_one({program.program, program.section}));
    program.program = ref.name;
    program.section = ref.section;
    common.chain.push_back(std::move(program));
  }
  if (common.chain.empty()) {
    WEIR_TRY(const ProgramRef ref, input.choose_one({common.program, common.section}));
    common.program = ref.name;
    common.section = ref.section;
  } else if (!head.name.empty() || !head.section.empty()) {
    return bad("the programs are named in chain, not by name and section");
  }
  const std::string& section = common.chain.empty() ? common.section : common.chain[0].section;
  WEIR_TRY(MapTypes types, MapTypes::of(input, common));
  const Reader reader{folder, std::move(types), common.kind.value_or(context_from_section(section)),
                      common.chain};
  if (const auto start = json.find("start"); start != json.end())
    WEIR_CHECK(reader.start(*start, common.steps));
  const Json context = json.value("ctx", Json::object());
  const auto tests = json.find("tests");
  if (tests == json.end() || !tests->is_array() || tests->empty())
    return bad("the file has no tests");
  for (const Json& item : *tests) {
    const size_t number = file.tests.size() + 1;
    auto test = reader.test(item, common, context);
    if (!test) {
      return Error(test.error().code(), fmt::format("test {}: {}", number, test.error().message()))
          .with_hint(test.error().hint());
    }
    if (test->name.empty()) test->name = fmt::format("test {}", number);
    file.tests.push_back(std::move(*test));
  }
  return file;
}

}  // namespace

Result<TestFile> read_test_file(const std::string& path, const std::string& program) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  auto json = read_document(path);
  if (!json) return json.take_error().in_file(path);
  auto file = parse_file(*json, folder, program);
  if (!file) return file.take_error().in_file(path);
  return file;
}

std::vector<std::string> unmet(const FileTest& test, const TestOutcome& outcome) {
  // What was expected, as an outcome to compare with.
  TestOutcome wanted = outcome;
  for (size_t i = 0; i < outcome.runs.size(); ++i) {
    const ExpectedPacket& expected = test.packets[i];
    PacketOutcome& run = wanted.runs[i];
    if (expected.retval) run.retval = *expected.retval;
    // A packet that was not run on, or a trap, meets no expectation.
    if (expected.retval || expected.out || expected.unchanged) run.refused = 0;
    if (run.refused == 0) run.note.clear();
    if (expected.redirect) run.redirect = *expected.redirect;
    if (expected.decided) run.decided = *expected.decided;
    if (expected.out) run.out = *expected.out;
    if (expected.unchanged) {
      run.out = test.run.packets[i].data;
      if (begins_at_ip(outcome.kind)) std::fill_n(run.out.begin(), kEthernetHeader, uint8_t{0});
    }
  }
  std::vector<std::string> problems;
  for (const ExpectedEntry& entry : test.entries) {
    const auto map = std::ranges::find(wanted.maps, entry.map, &MapContents::name);
    if (map == wanted.maps.end()) {
      problems.push_back(
          fmt::format("map {}: what it holds cannot be looked at", printable(entry.map)));
      continue;
    }
    std::erase_if(map->entries, [&](const auto& have) { return have.first == entry.key; });
    if (!entry.value) continue;
    Bytes value = *entry.value;
    // A per-CPU value takes a multiple of 8 bytes.
    const auto actual = std::ranges::find(outcome.maps, entry.map, &MapContents::name);
    for (const auto& [key, have] : actual->entries) {
      if (have.size() > value.size() && have.size() - value.size() < 8) value.resize(have.size());
    }
    map->entries.emplace_back(entry.key, std::move(value));
  }
  for (size_t i = 0; i < outcome.runs.size(); ++i) {
    const auto text = [](const PacketOutcome& run) {
      return run.redirect ? redirect_text(*run.redirect) : std::string("nowhere");
    };
    if (outcome.runs[i].redirect == wanted.runs[i].redirect) continue;
    problems.push_back(fmt::format("packet {}: the program redirects to {}, the test to {}", i,
                                   text(outcome.runs[i]), text(wanted.runs[i])));
  }
  const auto found = differences(outcome, wanted, "the program", "the test");
  problems.insert(problems.end(), found.begin(), found.end());
  return problems;
}

Result<Json> make_test_file(const std::string& program, const TestCase& test,
                            const TestOutcome& outcome) {
  WEIR_TRY(const Input input, Input::read(program));
  WEIR_TRY(const MapTypes types, MapTypes::of(input, test));
  Json one = {{"name", "what it does now"}, {"packets", Json::array()}};
  for (size_t i = 0; i < outcome.runs.size(); ++i) {
    const PacketOutcome& run = outcome.runs[i];
    const TestPacket& packet = test.packets[i];
    Json json = {{"hex", to_hex(packet.data)}};
    for (const auto& [name, value] : packet.fields) json["ctx"][name] = value;
    if (run.refused == 0) {
      const std::string_view name = verdict_name(outcome.kind, run.retval);
      json["verdict"] = name.empty() ? Json(run.retval) : Json(name);
      if (run.redirect && run.redirect->map.empty())
        json["redirect"]["ifindex"] = run.redirect->ifindex;
      if (run.redirect && !run.redirect->map.empty())
        json["redirect"] = {{"map", run.redirect->map}, {"key", run.redirect->key}};
      if (!run.decided.empty()) json["decided"] = run.decided;
      Bytes before = packet.data;
      if (begins_at_ip(outcome.kind)) std::fill_n(before.begin(), kEthernetHeader, uint8_t{0});
      if (run.out == before)
        json["unchanged"] = true;
      else
        json["out"] = {{"hex", to_hex(run.out)}};
    }
    one["packets"].push_back(std::move(json));
  }
  for (const MapContents& map : outcome.maps) {
    const auto def = types.find(map.name);
    if (!def || (*def)->read_only) continue;
    for (const auto& [key, value] : map.entries) {
      // Arrays are full of zeros that say nothing.
      if (std::ranges::all_of(value, [](uint8_t byte) { return byte == 0; })) continue;
      one["maps"][map.name].push_back(
          {{"key", types.json(**def, true, key)}, {"value", types.json(**def, false, value)}});
    }
  }
  Json file = {
      {"program", program}, {"name", outcome.program}, {"type", context_name(outcome.kind)}};
  if (!test.chain.empty()) file.erase("name");
  for (const ChainedProgram& chained : test.chain) {
    Json one_of = {{"name", chained.program}};
    if (chained.file != program) one_of["program"] = chained.file;
    if (chained.priority) one_of["priority"] = *chained.priority;
    if (!chained.go_on.empty()) one_of["go_on"] = chained.go_on;
    file["chain"].push_back(std::move(one_of));
  }
  if (!test.steps.empty()) {
    for (const MapStep& step : test.steps) {
      WEIR_TRY(const MapDef* const def, types.find(step.map));
      file["start"][step.map].push_back({{"key", types.json(*def, true, step.key)},
                                         {"value", types.json(*def, false, step.value)}});
    }
  }
  file["tests"] = Json::array({std::move(one)});
  return file;
}

}  // namespace weir::tool
