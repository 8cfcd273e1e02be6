// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir: compiles eBPF programs ahead of time, keeps them in a cache, and runs them.
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/abi/compile_key.h"
#include "tools/command.h"
#include "tools/manual.h"

namespace weir::tool {

namespace {

constexpr const char* kAbout =
    "weir compiles eBPF programs ahead of time to native code, keeps them in a cache,\n"
    "and runs them on packets.\n";

constexpr const char* kFooter =
    "Example:\n"
    "  clang-19 -target bpf -O2 -g -mcpu=v3 -c ip_dst.bpf.c -o ip_dst.bpf.o\n"
    "  weir filter --prog ip_dst.bpf.o --at ip in.pcap -o out.pcap\n\n"
    "Exit codes: 0 done, 1 refused or failed, 64 wrong usage.\n"
    "Every option with a default can be set in the environment: WEIR_POLICY, WEIR_ENGINE, "
    "WEIR_CPU,\n"
    "WEIR_OPT_LEVEL, WEIR_BUDGET, WEIR_CACHE_DIR, WEIR_CACHE_MAX_SIZE, WEIR_NO_CACHE,\n"
    "WEIR_SYSTEM_CACHE_DIR, WEIR_HOST_POLICY, WEIR_KEY_DIR, WEIR_SIGN_KEY,\n"
    "WEIR_REMOTE, WEIR_REMOTES, WEIR_REMOTE_LIBRARY,\n"
    "WEIR_COMPILER_LIBRARY, WEIR_COMPILER, WEIR_PIN_DIR, WEIR_CONTROL.";

void add_help_command(CLI::App& app, Exit& exit) {
  auto* help = app.add_subcommand("help", "Show the help of a command");
  auto names = std::make_shared<std::vector<std::string>>();
  help->add_option("COMMAND", *names, "e.g. filter, or cache prune");
  help->callback([&app, &exit, names] {
    const CLI::App* at = &app;
    std::string path = at->get_name();
    for (const std::string& name : *names) {
      const auto found = at->get_subcommands(
          [&name](const CLI::App* command) { return command->get_name() == name; });
      if (found.empty()) {
        fmt::print(stderr, "error: there is no command '{}' [usage]\nhint: weir help lists them\n",
                   printable(name));
        exit = Exit::kUsage;
        return;
      }
      at = found.front();
      path += " " + name;
    }
    // App::help() would show the help of the command that was chosen, which is this one.
    fmt::print("{}", app.get_formatter()->make_help(at, path, CLI::AppFormatMode::Normal));
  });
}

// Keeps the environment of commands that were not chosen out of it: CLI11 reads the variables of
// all of them, unless a command has something to do when its own arguments are parsed.
void read_own_environment_only(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    command->parse_complete_callback([] {});
    read_own_environment_only(*command);
  }
}

Exit run(int argc, char** argv) {
  CLI::App app{kAbout, "weir"};
  Exit exit = Exit::kOk;
  app.footer(kFooter);
  app.set_version_flag("--version", std::string(compiler_identity()));
  app.require_subcommand(1);
  add_compile_command(app, exit);
  add_compile_server_command(app, exit);
  add_run_command(app, exit);
  add_filter_command(app, exit);
  add_attach_command(app, exit);
  add_qemu_command(app, exit);
  add_map_command(app, exit);
  add_test_command(app, exit);
  add_verify_command(app, exit);
  add_disasm_command(app, exit);
  add_asm_command(app, exit);
  add_objdump_command(app, exit);
  add_compare_command(app, exit);
  add_cache_command(app, exit);
  add_key_command(app, exit);
  add_sign_command(app, exit);
  add_policy_command(app, exit);
  add_survey_command(app, exit);
  add_feature_command(app, exit);
  add_help_command(app, exit);
  add_manual_command(app, exit);
  read_own_environment_only(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    app.exit(done);  // --help, --version
  } catch (const CLI::ParseError& error) {
    if (argc < 2) {
      fmt::print(stderr, "{}", app.help());
      return Exit::kUsage;
    }
    std::string command = "weir";
    for (const CLI::App* chosen : app.get_subcommands()) command += " " + chosen->get_name();
    fmt::print(stderr, "error: {} [usage]\nhint: {} --help\n", error.what(), command);
    return Exit::kUsage;
  }
  return exit;
}

}  // namespace

}  // namespace weir::tool

int main(int argc, char** argv) {
  // The libraries give errors as values; what is caught here comes from printing (a full disk) and
  // from memory running out.
  try {
    weir::tool::Exit exit = weir::tool::run(argc, argv);
    if (std::fflush(stdout) != 0) {
      std::perror("error: cannot write the output");
      exit = weir::tool::Exit::kFailed;
    }
    return static_cast<int>(exit);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return static_cast<int>(weir::tool::Exit::kFailed);
  }
}
