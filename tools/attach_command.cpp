// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir attach: the process that filters. It makes its links, loads its programs and then does what
// signals and the control socket say; frames are the business of other threads (attach/service.h).
//
// Order of things: everything that can be wrong is found out before the first frame; the programs
// are there before the links, so that no frame passes unseen; privileges go when all is set up.
#include <algorithm>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "frontend/support/text.h"
#include "runtime/compile/background_compiler.h"
#include "runtime/compile/process_compiler.h"
#include "tools/attach/sandbox.h"
#include "tools/attach/service.h"
#include "tools/attach/systemd.h"
#include "tools/attach_config.h"

namespace weir::tool {

namespace {

using attach::Service;
using ProgramPtr = std::shared_ptr<const attach::AttachedProgram>;

struct AttachCommand {
  std::vector<std::string> links;        // name, guest, net; again and again
  std::vector<std::string> redirectors;  // name, folder; again and again
  std::vector<std::string> programs;
  AttachedChoice program;  // how they are loaded
  std::string config, control, compiler;
  bool fail_open = false, fail_closed = false, no_sandbox = false, quiet = false;
  std::optional<attach::NotTaken> not_taken;
  uint32_t threads = 1;
  size_t queue_bytes = attach::kDefaultQueueBytes;
};

Result<AttachConfig> config_of(const AttachCommand& command) {
  if (!command.config.empty()) return read_config(command.config);
  AttachConfig config;
  attach::LinkSpec usual;
  usual.queue_bytes = command.queue_bytes;
  usual.rules.fail_closed = command.fail_closed;
  usual.rules.not_taken = command.not_taken.value_or(
      command.fail_closed ? attach::NotTaken::kArpOnly : attach::NotTaken::kPass);
  for (size_t i = 0; i + 2 < command.links.size(); i += 3) {
    attach::LinkSpec link = usual;
    link.name = command.links[i];
    link.guest = command.links[i + 1];
    link.net = command.links[i + 2];
    config.links.push_back(link);
  }
  for (size_t i = 0; i + 1 < command.redirectors.size(); i += 2) {
    attach::LinkSpec link = usual;
    link.name = command.redirectors[i];
    link.guest = "redirector:" + command.redirectors[i + 1];
    config.links.push_back(link);
  }
  for (const attach::LinkSpec& link : config.links) {
    for (const std::string& file : command.programs) {
      AttachedChoice program = command.program;
      program.link = link.name;
      program.file = file;
      program.name = file_stem(file);
      program.load.pins = true;
      config.programs.push_back(std::move(program));
    }
  }
  WEIR_CHECK(check_config(config));
  return config;
}

// A socket takes so many datagrams before its reader has taken one; a socket that is made later
// takes what the setting says then.
void warn_of_short_queues(const AttachConfig& config) {
  constexpr int kEnough = 128;
  const bool uses_datagrams = std::ranges::any_of(config.links, [](const attach::LinkSpec& link) {
    return link.guest.starts_with("dgram:") || link.net.starts_with("dgram:");
  });
  std::FILE* const file =
      uses_datagrams ? std::fopen("/proc/sys/net/unix/max_dgram_qlen", "re") : nullptr;
  if (file == nullptr) return;
  int length = 0;
  if (std::fscanf(file, "%d", &length) == 1 && length < kEnough) {
    print_warning(
        fmt::format("net.unix.max_dgram_qlen is {}: under load dgram links are many times "
                    "faster with 512, set before either side starts",
                    length));
  }
  std::fclose(file);
}

class AttachProcess {
 public:
  explicit AttachProcess(const AttachCommand& command) : command_(command) {}

  Status run() {
    WEIR_TRY(const AttachConfig config, config_of(command_));
    WEIR_TRY(loop_, attach::EventLoop::create());
    WEIR_CHECK(watch_signals());
    const bool quiet = command_.quiet;
    if (!quiet) warn_of_short_queues(config);
    WEIR_CHECK(start_compiler());
    WEIR_TRY(service_, Service::create(command_.threads,
                                       [quiet](const std::string& link, std::string_view what) {
                                         if (!quiet) fmt::print(stderr, "{}: {}\n", link, what);
                                       }));
    WEIR_CHECK(apply(config));
    auto handler = [this](const Json& question, attach::Descriptor file) {
      return answer(question, file);
    };
    if (auto passed = attach::take_passed_socket()) {
      WEIR_TRY(control_,
               attach::ControlServer::at_socket(*loop_, std::move(*passed), std::move(handler)));
    } else {
      WEIR_TRY(control_,
               attach::ControlServer::at_path(*loop_, command_.control, std::move(handler)));
    }
    if (!command_.no_sandbox) WEIR_CHECK(attach::enter_sandbox());
    keep_watchdog_quiet();
    attach::notify_manager("READY=1");
    fmt::print(stderr, "ready: {} links, control {}\n", service_->link_names().size(),
               printable(command_.control, 4096));
    loop_->run();
    attach::notify_manager("STOPPING=1");
    control_.reset();
    const uint64_t left = service_->finish(std::chrono::seconds(3));
    if (left != 0) {
      return Error(ErrorCode::kIo,
                   fmt::format("{} frames could not be delivered before the end", left));
    }
    return {};
  }

 private:
  Status watch_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    std::signal(SIGPIPE, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0)
      return attach::io_error("block signals");
    signals_ = attach::Descriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) return attach::io_error("wait for signals");
    return loop_->watch(signals_.get(), EPOLLIN, [this](uint32_t) {
      signalfd_siginfo info;
      while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
          reload();
        } else {
          loop_->stop();
        }
      }
    });
  }

  // Before the sandbox: it lets nothing be started.
  Status start_compiler() {
    if (command_.compiler == "here") return {};
    if (command_.compiler.empty()) {
      WEIR_TRY(compiler_, ProcessCompiler::start("/proc/self/exe"));
    } else {
      compiler_ = ProcessCompiler::at(command_.compiler);
    }
    const bool quiet = command_.quiet;
    later_.emplace(*compiler_, [quiet](const Executable& program, const auto& why_not) {
      const std::string name = printable(program.info().name);
      if (why_not) {
        print_warning(fmt::format("{} stays in the interpreter: {}", name, why_not->message()));
      } else if (!quiet) {
        fmt::print(stderr, "{}: native code runs now\n", name);
      }
    });
    return {};
  }

  // What is not in the cache starts in the interpreter.
  Result<ProgramPtr> load(AttachedChoice choice, const attach::Descriptor& file) {
    choice.load.compiler = compiler_.get();
    choice.load.later = later_ ? &*later_ : nullptr;
    return load_attached(choice, file);
  }

  void keep_watchdog_quiet() {
    const auto interval = attach::watchdog_interval();
    if (!interval) return;
    service_->stats();  // returns when every thread has answered
    attach::notify_manager("WATCHDOG=1");
    loop_->after(*interval, [this] { keep_watchdog_quiet(); });
  }

  // Has the service do what the configuration says: all of it, or, if a program does not load,
  // nothing.
  Status apply(const AttachConfig& config) {
    std::vector<std::pair<std::string, ProgramPtr>> loaded;
    for (const AttachedChoice& choice : config.programs) {
      WEIR_TRY(ProgramPtr program, load(choice, attach::Descriptor()));
      loaded.emplace_back(choice.link, std::move(program));
    }
    const auto& running = service_->specs();
    for (const attach::LinkSpec& link : config_.links) {
      const auto kept = std::ranges::find(config.links, link);
      if (kept == config.links.end() && running.contains(link.name))
        WEIR_CHECK(service_->remove_link(link.name));
    }
    for (const attach::LinkSpec& link : config.links) {
      std::vector<ProgramPtr> programs;
      for (const auto& [name, program] : loaded)
        if (name == link.name) programs.push_back(program);
      if (!running.contains(link.name)) {
        WEIR_CHECK(service_->add_link(link, programs));
        continue;
      }
      WEIR_CHECK(service_->set_rules(link.name, link.rules));
      for (const ProgramPtr& program : programs) {
        const bool replaces = service_->find(link.name, program->name) != nullptr;
        WEIR_CHECK(service_->attach(link.name, program, replaces));
      }
      for (const AttachedChoice& before : config_.programs) {
        const auto same = [&](const AttachedChoice& now) {
          return now.link == before.link && now.name == before.name;
        };
        if (before.link == link.name && std::ranges::none_of(config.programs, same) &&
            service_->find(link.name, before.name) != nullptr)
          WEIR_CHECK(service_->detach(link.name, before.name));
      }
    }
    config_ = config;
    return {};
  }

  void reload() {
    attach::notify_manager("RELOADING=1");
    auto config = config_of(command_);
    Status applied = config ? apply(*config) : Status(config.take_error());
    if (applied) {
      fmt::print(stderr, "reloaded: {} links\n", service_->link_names().size());
    } else {
      print_error(applied.error());
      print_warning("what ran before goes on");
    }
    attach::notify_manager("READY=1");
  }

  Json answer(const Json& question, const attach::Descriptor& file) {
    auto done = obey(question, file);
    if (done) return *done;
    return attach::error_json(done.error());
  }

  Result<Json> obey(const Json& question, const attach::Descriptor& file) {
    const auto text = [&](const char* key, const char* otherwise) {
      const auto found = question.find(key);
      return found != question.end() && found->is_string() ? found->get<std::string>()
                                                           : std::string(otherwise);
    };
    const std::string command = text("command", ""), link = text("link", "*");
    if (command == "stats") {
      if (link != "*" && !service_->specs().contains(link))
        return Error(ErrorCode::kNotFound, fmt::format("there is no link '{}'", printable(link)));
      Json stats = service_->stats(link);
      if (later_) stats["compiler"] = compiler_json();
      return stats;
    }
    if (command == "load" || command == "replace") {
      if (!question.contains("program") || !question["program"].is_object())
        return Error(ErrorCode::kUsage, "what program is it?");
      WEIR_TRY(AttachedChoice choice, choice_from_json(question["program"]));
      const bool replaces = command == "replace";
      WEIR_TRY(ProgramPtr program, load(choice, file));
      WEIR_CHECK(service_->attach(choice.link, program, replaces));
      return Json{{"name", choice.name}, {"link", choice.link}, {"engine", engine_of(*program)}};
    }
    if (command == "unload") {
      WEIR_CHECK(service_->detach(link, text("name", "")));
      return Json::object();
    }
    if (command == "add-link") {
      attach::LinkSpec spec;
      spec.name = link;
      spec.guest = text("guest", "");
      spec.net = text("net", "");
      spec.rules.fail_closed = text("fail", "closed") == "closed";
      const auto rule = attach::not_taken_from_name(text("not_taken", "arp"));
      spec.rules.not_taken = rule.value_or(attach::NotTaken::kArpOnly);
      std::vector<ProgramPtr> programs;
      if (question.contains("program")) {
        WEIR_TRY(AttachedChoice choice, choice_from_json(question["program"]));
        WEIR_TRY(ProgramPtr program, load(choice, file));
        programs.push_back(std::move(program));
      }
      WEIR_CHECK(service_->add_link(spec, programs));
      return Json{{"link", link}};
    }
    if (command == "remove-link") {
      WEIR_CHECK(service_->remove_link(link));
      return Json::object();
    }
    if (command == "connected") return Json{{"connected", service_->is_connected(link)}};
    return Error(ErrorCode::kUsage, fmt::format("there is no command '{}'", printable(command)));
  }

  Json compiler_json() const {
    const BackgroundCounts counts = later_->counts();
    return {{"waiting", counts.waiting},   {"compiling", counts.compiling},
            {"compiled", counts.compiled}, {"failed", counts.failed},
            {"dropped", counts.dropped},   {"died", compiler_->deaths()}};
  }

  static std::string_view engine_of(const attach::AttachedProgram& program) {
    return engine_name(program.instance->executable().engine());
  }

  const AttachCommand& command_;
  AttachConfig config_;  // what apply() has last done
  std::unique_ptr<attach::EventLoop> loop_;
  attach::Descriptor signals_;
  std::unique_ptr<ProcessCompiler> compiler_;
  std::optional<BackgroundCompiler> later_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<attach::ControlServer> control_;
};

Status check_command(const AttachCommand& command) {
  const bool options = !command.links.empty() || !command.redirectors.empty() ||
                       !command.programs.empty() || command.fail_open || command.fail_closed;
  if (!command.config.empty() && options) {
    return Error(ErrorCode::kUsage, "links, programs and rules are in the configuration, or here");
  }
  if (command.config.empty() && command.fail_open == command.fail_closed) {
    return Error(ErrorCode::kUsage,
                 "say --fail-open or --fail-closed: what becomes of frames that no program could "
                 "judge");
  }
  return {};
}

}  // namespace

void add_attach_command(CLI::App& app, Exit& exit) {
  auto command = std::make_shared<AttachCommand>();
  auto* sub = app.add_subcommand(
      "attach", "Filter between QEMU and the network, or between interfaces, until told to end");
  sub->add_option("--link", command->links,
                  "A link: its name, the port at the guest's side, the port at the other side")
      ->type_name("NAME GUEST NET")
      ->type_size(3)
      ->expected(0, 1 << 20)
      ->allow_extra_args(false);
  sub->add_option("--redirector", command->redirectors,
                  "A link through QEMU's filter-redirectors, which listen in DIR")
      ->type_name("NAME DIR[,QUEUE]")
      ->type_size(2)
      ->expected(0, 1 << 20)
      ->allow_extra_args(false);
  sub->add_option("--prog", command->programs,
                  "BPF object or native object (.weir); several run one after the other")
      ->type_name("FILE")
      ->allow_extra_args(false);
  sub->add_option("--config", command->config,
                  "Take links, programs and rules from this YAML file; SIGHUP reads it again")
      ->type_name("FILE");
  sub->add_flag("--fail-open", command->fail_open,
                "Frames pass on which a program traps, or while no program is attached");
  sub->add_flag("--fail-closed", command->fail_closed, "They are dropped");
  add_named(*sub, "--not-taken", command->not_taken, attach::not_taken_from_name, "pass|drop|arp",
            "What becomes of frames that are nothing for a program's hook kind, as ARP where it is "
            "given IP packets; arp: ARP alone passes (default: pass with --fail-open, arp with "
            "--fail-closed)");
  command->control = attach::default_control_path();
  sub->add_option("--control", command->control,
                  "Socket for weir filter load, replace, unload, list, stats and watch")
      ->type_name("PATH")
      ->envname("WEIR_CONTROL")
      ->capture_default_str();
  sub->add_option(
         "--compiler", command->compiler,
         "Socket of the weir compile-server that compiles what is not in the cache; here: this "
         "process does, before the program starts (default: a server of its own)")
      ->type_name("PATH|here")
      ->envname("WEIR_COMPILER");
  sub->add_option("--threads", command->threads, "Threads that links are spread over (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1U, 256U));
  sub->add_option("--queue-bytes", command->queue_bytes,
                  "What waits at most for a port to take it (default 4 MiB)")
      ->type_name("N")
      ->check(CLI::Range(size_t{attach::kMaxFrameBytes}, size_t{1} << 30));
  sub->add_flag("--no-sandbox", command->no_sandbox,
                "Keep privileges and system calls that are not needed any more");
  sub->add_flag("-q,--quiet", command->quiet, "Do not tell who connects and who goes");
  add_attached_choice(*sub, command->program);
  sub->footer(
      "Programs that are not in the cache start in the interpreter at once and move to native "
      "code\n"
      "when another process has compiled it; --engine aot waits for that instead.\n"
      "Ports: stream:PATH (listens), stream-connect:PATH, dgram:LOCAL,REMOTE, tap:NAME[,vnet],\n"
      "interface:NAME. docs/ATTACH.md has the lines for QEMU that go with them.\n"
      "SIGTERM: what has been taken is sent on, then it ends. SIGHUP: programs and configuration\n"
      "are read again.\n\n"
      "Example:\n"
      "  weir attach --fail-closed --link vm1 dgram:/run/vm1/f,/run/vm1/q tap:tap0 --prog "
      "ip_dst.bpf.o --at ip");
  sub->callback([command, &exit] {
    Status done = check_command(*command);
    if (done) done = AttachProcess(*command).run();
    exit = done ? Exit::kOk : fail(done.error(), OutputOptions{});
  });
}

}  // namespace weir::tool
