// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir qemu attach|detach|replace|status|arguments: a filter on a VM that runs, by its monitor
// (QMP) and the control socket of a `weir attach`. The steps and their order are in
// attach/qemu_steps.h; here is what they are told, and what people are told of them.
#include <algorithm>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/attach/qemu_steps.h"
#include "tools/attach/spec.h"
#include "tools/attach_program.h"

namespace weir::tool {

namespace {

constexpr std::chrono::milliseconds kMonitorLimit{10'000};
constexpr std::chrono::milliseconds kConnectLimit{5'000};

struct QemuCommand {
  std::string qmp, control = attach::default_control_path();
  attach::QemuPlace place;
  std::string link;  // empty: as the netdev
  AttachedChoice program;
  bool fail_open = false, fail_closed = false, libvirt = false;
  std::optional<attach::NotTaken> not_taken;
  OutputOptions out;

  std::string link_name() const { return link.empty() ? place.netdev : link; }
};

Status settle(QemuCommand& command) {
  WEIR_CHECK(attach::check_name("link", command.link_name()));
  if (command.place.folder.empty()) {
    command.place.folder = std::filesystem::path(command.control).parent_path().string() +
                           "/qemu-" + command.link_name();
  }
  command.place.folder = std::filesystem::absolute(command.place.folder).lexically_normal();
  return {};
}

void drop_link(const QemuCommand& command) {
  // It need not be there.
  const auto gone =
      attach::ask(command.control, {{"command", "remove-link"}, {"link", command.link_name()}});
  static_cast<void>(gone);
}

Status connect_link(const QemuCommand& command) {
  const std::string name = command.link_name();
  Json question = {{"command", "add-link"},
                   {"link", name},
                   {"guest", fmt::format("redirector:{},{}", command.place.folder,
                                         attach::directions_name(command.place.directions))},
                   {"fail", command.fail_closed ? "closed" : "open"},
                   {"not_taken", attach::not_taken_name(command.not_taken.value_or(
                                     command.fail_closed ? attach::NotTaken::kArpOnly
                                                         : attach::NotTaken::kPass))}};
  attach::Descriptor file;
  if (!command.program.file.empty()) {
    file = attach::Descriptor(open(command.program.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return attach::io_error("open the file").in_file(command.program.file);
    AttachedChoice program = command.program;
    program.link = name;
    question["program"] = choice_json(program);
  }
  WEIR_TRY(const Json added, attach::ask(command.control, question, file.get()));
  const auto end = Clock::now() + kConnectLimit;
  for (;;) {
    WEIR_TRY(const Json answer,
             attach::ask(command.control, {{"command", "connected"}, {"link", name}}));
    if (answer.value("connected", false)) return {};
    if (Clock::now() >= end) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Error(ErrorCode::kIo, fmt::format("the filter process does not reach QEMU's sockets in {}",
                                           printable(command.place.folder, 300)))
      .with_hint("may it enter that folder? --dir names another one");
}

Status run_attach(QemuCommand& command) {
  if (command.fail_open == command.fail_closed) {
    return Error(ErrorCode::kUsage,
                 "say --fail-open or --fail-closed: what becomes of frames that no program could "
                 "judge");
  }
  // Nothing is changed before all are known to answer.
  WEIR_TRY(const Json there, attach::ask(command.control, {{"command", "stats"}}));
  WEIR_TRY(attach::Qmp qmp, attach::Qmp::connect(command.qmp, kMonitorLimit));
  std::error_code error;
  std::filesystem::create_directories(command.place.folder, error);
  if (error)
    return Error(ErrorCode::kIo, "cannot make the folder: " + error.message())
        .in_file(command.place.folder);
  WEIR_CHECK(attach::attach_filters(qmp, command.place,
                                    {.connect = [&] { return connect_link(command); },
                                     .disconnect = [&] { drop_link(command); }}));
  if (!command.out.as_json())
    fmt::print("{}: attached, link {}\n", command.place.netdev, command.link_name());
  return {};
}

Status run_detach(QemuCommand& command) {
  WEIR_TRY(attach::Qmp qmp, attach::Qmp::connect(command.qmp, kMonitorLimit));
  WEIR_TRY(const bool was_there,
           attach::detach_filters(qmp, command.place, [&] { drop_link(command); }));
  if (!was_there) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("nothing is attached to '{}'", printable(command.place.netdev)));
  }
  fmt::print("{}: detached\n", command.place.netdev);
  return {};
}

Result<Json> link_stats(const QemuCommand& command) {
  WEIR_TRY(const Json answer,
           attach::ask(command.control, {{"command", "stats"}, {"link", command.link_name()}}));
  return answer.at("links").at(0);
}

// QEMU does not read from a connection that was made anew.
bool is_stale(const std::vector<attach::FilterState>& states) {
  return std::ranges::any_of(states, [](const auto& one) { return !one.reads; });
}

Status run_replace(QemuCommand& command) {
  WEIR_TRY(attach::Qmp qmp, attach::Qmp::connect(command.qmp, kMonitorLimit));
  WEIR_TRY(const auto states, attach::filter_states(qmp, command.place.netdev));
  if (states.empty()) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("nothing is attached to '{}'", printable(command.place.netdev)));
  }
  const attach::Descriptor file(open(command.program.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return attach::io_error("open the file").in_file(command.program.file);
  AttachedChoice program = command.program;
  program.link = command.link_name();
  WEIR_TRY(const Json done,
           attach::ask(command.control, {{"command", "replace"}, {"program", choice_json(program)}},
                       file.get()));
  if (is_stale(states)) {
    command.place.directions = 0;
    for (const auto& state : states)
      command.place.directions |= state.direction == attach::Direction::kRx ? 1 : 2;
    WEIR_CHECK(attach::renew_filters(qmp, command.place));
  }
  fmt::print("{}: replaced, {}\n", command.place.netdev, done.value("engine", ""));
  return {};
}

Status run_status(QemuCommand& command) {
  WEIR_TRY(attach::Qmp qmp, attach::Qmp::connect(command.qmp, kMonitorLimit));
  WEIR_TRY(const auto states, attach::filter_states(qmp, command.place.netdev));
  auto link = link_stats(command);
  const bool has_link = link.has_value();
  std::string state = "detached";
  if (!states.empty()) {
    state = "works";
    if (!has_link) {
      state = "no filter process: every frame is lost";
    } else if (is_stale(states)) {
      state = "the connection was lost: QEMU does not read what comes back";
    } else if (!link->at("guest").value("connected", false) &&
               !link->at("net").value("connected", false)) {
      state = "not connected: every frame is lost";
    }
  }
  if (command.out.as_json()) {
    Json filters = Json::array();
    for (const auto& one : states)
      filters.push_back({{"id", one.id},
                         {"queue", one.direction == attach::Direction::kRx ? "rx" : "tx"},
                         {"on", one.on},
                         {"reads", one.reads}});
    Json out = {{"netdev", command.place.netdev}, {"state", state}, {"filters", filters}};
    if (has_link) out["link"] = *link;
    print_json(out, command.out);
  } else {
    fmt::print("{}: {}\n", command.place.netdev, state);
    for (const auto& one : states) fmt::print("  {}: {}\n", one.id, one.on ? "on" : "off");
    if (has_link) {
      for (const char* way : {"rx", "tx"}) {
        fmt::print("  {}: {} frames, {} dropped\n", way, link->at(way).value("frames", uint64_t{0}),
                   link->at(way).value("dropped", uint64_t{0}));
      }
    }
  }
  if (states.empty() || state == "works") return {};
  return Error(ErrorCode::kIo, state).with_hint("weir qemu attach again puts it right");
}

Status run_arguments(QemuCommand& command) {
  const auto arguments = attach::qemu_arguments(command.place);
  if (command.libvirt) {
    fmt::print("<qemu:commandline xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\">\n");
    for (const std::string& each : arguments) fmt::print("  <qemu:arg value='{}'/>\n", each);
    fmt::print("</qemu:commandline>\n");
    return {};
  }
  for (size_t i = 0; i + 1 < arguments.size(); i += 2)
    fmt::print("{} {}\n", arguments[i], arguments[i + 1]);
  return {};
}

using CommandPtr = std::shared_ptr<QemuCommand>;

CLI::App* add(CLI::App& qemu, Exit& exit, const char* name, const char* about,
              Status (*run)(QemuCommand&), const CommandPtr& command, bool asks = true) {
  auto* sub = qemu.add_subcommand(name, about);
  if (asks) {
    sub->add_option("--qmp", command->qmp, "The VM's monitor: -qmp unix:PATH,server=on,wait=off")
        ->type_name("PATH")
        ->required();
  }
  sub->add_option("--netdev", command->place.netdev, "Id of the -netdev, as hn0")->required();
  sub->add_option("--link", command->link, "Name of the link (default: as the netdev)")
      ->type_name("NAME");
  sub->add_option("--dir", command->place.folder,
                  "Folder of the sockets between the two (default: qemu-LINK beside the control "
                  "socket)")
      ->type_name("DIR");
  sub->add_option("--control", command->control, "Socket of the process")
      ->type_name("PATH")
      ->envname("WEIR_CONTROL")
      ->capture_default_str();
  sub->callback([command, run, &exit] {
    Status done = settle(*command);
    if (done) done = run(*command);
    if (!done) exit = fail(done.error(), OutputOptions{});
  });
  return sub;
}

void add_queue(CLI::App& sub, const CommandPtr& command) {
  add_named(sub, "--queue", command->place.directions, attach::directions_from_name, "all|rx|tx",
            "rx: what the guest sends; tx: what it gets (default all)");
}

void add_program(CLI::App& sub, const CommandPtr& command, bool required) {
  auto* file =
      sub.add_option("--prog", command->program.file, "BPF object or native object (.weir)");
  file->type_name("FILE")->required(required);
  sub.add_option("--name", command->program.name,
                 "What it is called there (default: as the file, without its ending)")
      ->type_name("NAME");
  add_attached_choice(sub, command->program);
}

}  // namespace

void add_qemu_command(CLI::App& app, Exit& exit) {
  auto* qemu = app.add_subcommand("qemu", "Filter a VM that runs under stock QEMU");
  qemu->require_subcommand(1);
  auto attaching = std::make_shared<QemuCommand>();
  auto* sub = add(*qemu, exit, "attach",
                  "Put a running weir attach between a netdev and its device; again: make it anew",
                  run_attach, attaching);
  add_queue(*sub, attaching);
  sub->add_flag("--fail-open", attaching->fail_open,
                "Frames pass on which a program traps, or while no program is attached");
  sub->add_flag("--fail-closed", attaching->fail_closed, "They are dropped");
  add_named(*sub, "--not-taken", attaching->not_taken, attach::not_taken_from_name, "pass|drop|arp",
            "What becomes of frames that are nothing for a program's hook kind");
  add_program(*sub, attaching, false);
  sub->footer(
      "Example:\n"
      "  weir attach --fail-closed &\n"
      "  weir qemu attach --qmp vm.qmp --netdev hn0 --fail-closed --prog ip_dst.bpf.o");

  auto detaching = std::make_shared<QemuCommand>();
  add(*qemu, exit, "detach", "Take the filter out: frames go their plain way again", run_detach,
      detaching);

  auto replacing = std::make_shared<QemuCommand>();
  sub = add(*qemu, exit, "replace", "Put another program in the place of an attached one",
            run_replace, replacing);
  add_program(*sub, replacing, true);

  auto looking = std::make_shared<QemuCommand>();
  sub = add(*qemu, exit, "status", "Whether the filter is there and works; 1 if it does not",
            run_status, looking);
  add_output_options(*sub, looking->out);

  auto printing = std::make_shared<QemuCommand>();
  sub =
      add(*qemu, exit, "arguments", "The arguments for a VM that has the filter from its start on",
          run_arguments, printing, false);
  add_queue(*sub, printing);
  sub->add_flag("--libvirt", printing->libvirt, "As elements of a libvirt domain");
  sub->footer(
      "The process is started with --redirector NAME DIR, before or after QEMU, which "
      "waits for it.");
}

}  // namespace weir::tool
