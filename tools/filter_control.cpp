// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir filter load|replace|unload|list|stats|watch: what a running `weir attach` is asked to do, by
// its control socket. The file of a program is opened here and handed over, so that the process
// needs no right to read it.
#include "tools/filter_control.h"

#include <chrono>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/attach_program.h"

namespace weir::tool {

namespace {

struct ControlCommand {
  std::string control = attach::default_control_path();
  AttachedChoice program;
  std::string name;
  uint32_t interval_ms = 1000, rounds = 0;
  OutputOptions out;
};

uint64_t number(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}
std::string text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return printable(found != json.end() && found->is_string() ? found->get<std::string>() : "?");
}
const Json& part(const Json& json, const char* key) {
  static const Json none = Json::object();
  const auto found = json.find(key);
  return found != json.end() ? *found : none;
}

Result<Json> load(const ControlCommand& command, const char* what) {
  const bool is_file = !pcap_expression(command.program.file);
  const attach::Descriptor file(is_file ? open(command.program.file.c_str(), O_RDONLY | O_CLOEXEC)
                                        : -1);
  if (is_file && !file) return attach::io_error("open the file").in_file(command.program.file);
  return attach::ask(command.control,
                     {{"command", what}, {"program", choice_json(command.program)}}, file.get());
}

Result<Json> stats(const ControlCommand& command) {
  return attach::ask(command.control, {{"command", "stats"}, {"link", command.program.link}});
}

void print_list(const Json& answer) {
  for (const Json& link : part(answer, "links")) {
    fmt::print("{}: {} and {}, fail {}\n", text(link, "link"), text(part(link, "guest"), "port"),
               text(part(link, "net"), "port"), text(link, "fail"));
    for (const Json& program : part(link, "programs")) {
      fmt::print("  {}: {}, at {}, direction {}, {}, generation {}\n", text(program, "name"),
                 text(program, "file"), text(program, "at"), text(program, "direction"),
                 text(program, "engine"), number(program, "generation"));
      fmt::print("    priority {} ({}), the next one after {} ({})\n", number(program, "priority"),
                 text(program, "priority_from"), text(program, "go_on"),
                 text(program, "go_on_from"));
    }
  }
}

Json list_json(const Json& answer) {
  Json programs = Json::array();
  for (const Json& link : part(answer, "links")) {
    for (const Json& program : part(link, "programs")) {
      Json one = {{"link", part(link, "link")}};
      for (const char* key : {"name", "file", "program", "at", "direction", "priority",
                              "priority_from", "go_on", "go_on_from", "engine", "generation"})
        one[key] = part(program, key);
      programs.push_back(std::move(one));
    }
  }
  return {{"programs", std::move(programs)}};
}

void print_stats(const Json& answer) {
  for (const Json& link : part(answer, "links")) {
    fmt::print("{}\n", text(link, "link"));
    for (const char* way : {"rx", "tx"}) {
      const Json& lane = part(link, way);
      fmt::print("  {}: {} frames, {} passed, {} dropped", way, number(lane, "frames"),
                 number(lane, "passed"), number(lane, "dropped"));
      if (number(lane, "unfinished") != 0)
        fmt::print(", {} too long for the other side", number(lane, "unfinished"));
      fmt::print("\n");
    }
    for (const char* side : {"guest", "net"}) {
      const Json& port = part(link, side);
      fmt::print(
          "  {}: {}, {}, {} received, {} sent, {} waiting, {} dropped (queue full), {} lost "
          "(nobody there), {} malformed\n",
          side, text(port, "port"), part(port, "connected") == true ? "connected" : "not connected",
          number(port, "received"), number(port, "sent"), number(port, "queued"),
          number(port, "queue_full"), number(port, "lost"), number(port, "malformed"));
    }
    for (const Json& program : part(link, "programs")) {
      for (const char* way : {"rx", "tx"}) {
        const Json& counts = part(program, way);
        if (number(counts, "runs") + number(counts, "not_taken") == 0) continue;
        fmt::print("  {} {}: {} runs, {} dropped, {} trapped, {} not taken\n",
                   text(program, "name"), way, number(counts, "runs"), number(counts, "dropped"),
                   number(counts, "trapped"), number(counts, "not_taken"));
      }
      if (program.contains("last_trap"))
        fmt::print("  {}: {}\n", text(program, "name"), program["last_trap"].get<std::string>());
    }
  }
  for (const Json& thread : part(answer, "threads")) {
    if (number(thread, "stalls") == 0) continue;
    fmt::print("a thread was kept from running {} times, for up to {} ms\n",
               number(thread, "stalls"), number(thread, "longest_stall_ms"));
  }
}

// A line for each link: what has passed and been dropped since the line before.
Result<void> watch(const ControlCommand& command) {
  std::map<std::string, std::array<uint64_t, 4>> before;
  bool first = true;
  for (uint32_t round = 0; command.rounds == 0 || round < command.rounds;) {
    WEIR_TRY(const Json answer, stats(command));
    for (const Json& link : part(answer, "links")) {
      const Json &rx = part(link, "rx"), &tx = part(link, "tx");
      const std::array<uint64_t, 4> now = {number(rx, "passed"), number(rx, "dropped"),
                                           number(tx, "passed"), number(tx, "dropped")};
      const std::string name = text(link, "link");
      const auto& last = before[name];
      if (!first && command.out.as_json()) {
        print_json({{"link", name},
                    {"rx", {{"passed", now[0] - last[0]}, {"dropped", now[1] - last[1]}}},
                    {"tx", {{"passed", now[2] - last[2]}, {"dropped", now[3] - last[3]}}}},
                   command.out);
      } else if (!first) {
        fmt::print("{}  rx {} passed, {} dropped  tx {} passed, {} dropped\n", name,
                   now[0] - last[0], now[1] - last[1], now[2] - last[2], now[3] - last[3]);
      }
      before[name] = now;
    }
    std::fflush(stdout);
    if (!first) ++round;
    first = false;
    if (command.rounds == 0 || round < command.rounds)
      std::this_thread::sleep_for(std::chrono::milliseconds(command.interval_ms));
  }
  return {};
}

using CommandPtr = std::shared_ptr<ControlCommand>;

CLI::App* add(CLI::App& filter, const char* name, const char* about, const CommandPtr& command) {
  auto* sub = filter.add_subcommand(name, about);
  sub->add_option("--control", command->control, "Socket of the process")
      ->type_name("PATH")
      ->envname("WEIR_CONTROL")
      ->capture_default_str();
  sub->add_option("--link", command->program.link, "The link (default: all)")->type_name("NAME");
  return sub;
}

void add_load(CLI::App& filter, Exit& exit, const char* name, const char* about) {
  auto command = std::make_shared<ControlCommand>();
  auto* sub = add(filter, name, about, command);
  sub->add_option("FILE", command->program.file, "BPF object or native object (.weir)")->required();
  sub->add_option("--name", command->program.name,
                  "What it is called there (default: as the file, without its ending)")
      ->type_name("NAME");
  add_attached_choice(*sub, command->program);
  add_output_options(*sub, command->out);
  sub->callback([command, name, &exit] {
    const auto done = load(*command, name);
    if (!done) {
      exit = fail(done.error(), command->out);
    } else if (command->out.as_json()) {
      print_json(*done, command->out);
    } else {
      fmt::print("{}: {}, {}\n", text(*done, "name"),
                 std::string_view(name) == "load" ? "loaded" : "replaced", text(*done, "engine"));
    }
  });
}

void add_unload(CLI::App& filter, Exit& exit) {
  auto command = std::make_shared<ControlCommand>();
  auto* sub = add(filter, "unload", "Take a program away from a running filter process", command);
  sub->add_option("NAME", command->name, "As filter list shows it")->required();
  sub->callback([command, &exit] {
    const auto done = attach::ask(
        command->control,
        {{"command", "unload"}, {"link", command->program.link}, {"name", command->name}});
    if (!done) exit = fail(done.error(), command->out);
  });
}

void add_look(CLI::App& filter, Exit& exit, const char* name, const char* about,
              void (*print)(const Json&), Json (*json)(const Json&)) {
  auto command = std::make_shared<ControlCommand>();
  auto* sub = add(filter, name, about, command);
  add_output_options(*sub, command->out);
  sub->callback([command, print, json, &exit] {
    const auto answer = stats(*command);
    if (!answer) {
      exit = fail(answer.error(), command->out);
    } else if (command->out.as_json()) {
      print_json(json(*answer), command->out);
    } else {
      print(*answer);
    }
  });
}

void add_watch(CLI::App& filter, Exit& exit) {
  auto command = std::make_shared<ControlCommand>();
  auto* sub = add(filter, "watch", "Show again and again what passes and what does not", command);
  sub->add_option("--interval", command->interval_ms,
                  "Milliseconds between two looks (default 1000)")
      ->type_name("MS")
      ->check(CLI::Range(1U, 3'600'000U));
  sub->add_option("--rounds", command->rounds, "End after so many (default: when interrupted)")
      ->type_name("N");
  add_output_options(*sub, command->out);
  sub->callback([command, &exit] {
    if (const auto done = watch(*command); !done) exit = fail(done.error(), command->out);
  });
}

}  // namespace

void add_filter_control(CLI::App& filter, Exit& exit) {
  add_load(filter, exit, "load", "Load a program into a running filter process (weir attach)");
  add_load(filter, exit, "replace", "Put another program in the place of a loaded one");
  add_unload(filter, exit);
  add_look(filter, exit, "list", "The links of a filter process and their programs", print_list,
           list_json);
  add_look(filter, exit, "stats", "What a filter process has counted", print_stats,
           [](const Json& answer) { return answer; });
  add_watch(filter, exit);
}

}  // namespace weir::tool
