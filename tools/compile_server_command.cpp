// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir compile-server: the process with LLVM in it, so that no other needs to have it. It compiles
// for those who connect to its socket, or for the one process that started it.
#include <csignal>
#include <thread>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cache/size_text.h"
#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "tools/attach/systemd.h"
#include "tools/attach/unix_socket.h"
#include "tools/compile_server/server.h"
#include "tools/output.h"
#include "tools/plugin_compiler.h"

namespace weir::tool {

namespace {

struct ServerCommand {
  std::string socket;
  bool on_stdin = false, quiet = false;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::string max_memory = "2Gi";
  uint64_t max_time = 60;
};

std::string default_socket() {
  return attach::default_socket_path("compile.sock");
}

Result<CompileServerOptions> options_of(const ServerCommand& command) {
  CompileServerOptions options;
  options.jobs = command.jobs;
  WEIR_TRY(options.max_memory, parse_size(command.max_memory));
  options.max_time = std::chrono::seconds(command.max_time);
  options.ends_with_last = command.on_stdin;
  return options;
}

Status run(const ServerCommand& command) {
  if (command.on_stdin && !command.socket.empty())
    return Error(ErrorCode::kUsage, "a socket of its own, or the one at standard input");
  WEIR_TRY(const CompileServerOptions options, options_of(command));
  PluginCompiler compiler;
  // A host's own server takes LLVM into memory when there is something to compile, not before.
  if (!command.on_stdin) WEIR_CHECK(compiler.preload());
  WEIR_TRY(const auto loop, attach::EventLoop::create());

  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const attach::Descriptor told(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!told) return attach::io_error("wait for signals");
  WEIR_CHECK(loop->watch(told.get(), EPOLLIN, [&loop](uint32_t) { loop->stop(); }));

  auto compile = [&compiler](ByteSpan bytes) -> Result<std::vector<uint8_t>> {
    WEIR_TRY(CompileRequest request, request_from_bytes(bytes));
    WEIR_TRY(const VerifiedProgram program, verify(std::move(request.program), request.options));
    return compiler.compile_object(std::span(&program, 1));
  };
  auto log = [&command](std::string_view what) {
    if (!command.quiet) fmt::print(stderr, "weir compile-server: {}\n", what);
  };
  CompileServer server(*loop, options, [&compiler] { return compiler.preload(); }, compile, log);
  std::string made;  // to take away at the end
  if (command.on_stdin) {
    WEIR_CHECK(server.serve(attach::Descriptor(::dup(STDIN_FILENO))));
  } else if (auto passed = attach::take_passed_socket()) {
    WEIR_CHECK(server.listen(std::move(*passed)));
  } else {
    made = command.socket.empty() ? default_socket() : command.socket;
    WEIR_TRY(attach::Descriptor listener, attach::listen_unix(made, "--socket"));
    WEIR_CHECK(server.listen(std::move(listener)));
  }
  // What a host has started for itself is none of its manager's business.
  if (!command.on_stdin) attach::notify_manager("READY=1");
  if (!command.on_stdin) log(fmt::format("ready, {} at once, {}", options.jobs, printable(made)));
  loop->run();
  if (!made.empty()) ::unlink(made.c_str());
  const CompileServerCounts& counts = server.counts();
  if (!command.on_stdin) {
    log(fmt::format("{} compiled, {} refused, {} died", counts.compiled, counts.refused,
                    counts.died));
  }
  loop->forget(told.get());
  return {};
}

}  // namespace

void add_compile_server_command(CLI::App& app, Exit& exit) {
  auto command = std::make_shared<ServerCommand>();
  auto* sub = app.add_subcommand(
      "compile-server", "Compile for other processes, so that they need no compiler in them");
  sub->add_option("--socket", command->socket,
                  fmt::format("Listen there (default {})", default_socket()))
      ->type_name("PATH");
  sub->add_flag("--stdin", command->on_stdin,
                "Serve the socket that is standard input, and end when it is closed: what a host "
                "that starts its own server does");
  sub->add_option("--jobs", command->jobs, "Compilations at once (default: one a CPU)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U));
  sub->add_option("--max-memory", command->max_memory,
                  "Address space of one compilation; it is ended beyond that (default 2Gi)")
      ->type_name("SIZE");
  sub->add_option("--max-time", command->max_time,
                  "Seconds of CPU of one compilation, and half of its seconds of the clock "
                  "(default 60)")
      ->type_name("SECONDS")
      ->check(CLI::Range(uint64_t{1}, uint64_t{86400}));
  sub->add_flag("-q,--quiet", command->quiet, "Say nothing but why it cannot start");
  sub->footer(
      "Only processes of its own user and of root are served; each compilation is a process of "
      "its\n"
      "own, and what kills it reaches nobody else. weir attach --compiler PATH and hosts that "
      "link\n"
      "libweir (weir_host_options) use it: their programs start in the interpreter at once and "
      "move\n"
      "to native code when that is there.\n\n"
      "Example:\n"
      "  weir compile-server --socket /run/weir/compile.sock --jobs 4 --max-memory 1Gi");
  sub->callback([command, &exit] {
    const Status done = run(*command);
    exit = done ? Exit::kOk : fail(done.error(), OutputOptions{});
  });
}

}  // namespace weir::tool
