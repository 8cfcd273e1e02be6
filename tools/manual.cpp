// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/manual.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "tools/output.h"
#include "weir/version.h"

namespace weir::tool {

namespace {

// Text for roff: no line is taken for a request, no '-' for a typographic one.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  // An empty group is what hides a command.
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
}

void write_option(std::ostream& out, const CLI::Option& option) {
  const std::string value = option.get_items_expected_max() > 0 ? option.get_type_name() : "";
  out << ".TP\n\\fB" << roff(option.get_name(!option.nonpositional(), option.nonpositional()))
      << "\\fR";
  if (!value.empty() && option.nonpositional()) out << " \\fI" << roff(value) << "\\fR";
  out << '\n' << roff(option.get_description());
  if (!option.get_envname().empty()) out << " (environment: " << roff(option.get_envname()) << ")";
  out << '\n';
}

void write_options(std::ostream& out, const CLI::App& command, bool positional) {
  bool first = true;
  for (const CLI::Option* option : options_of(command)) {
    if (option->nonpositional() == positional) continue;
    if (first) out << (positional ? ".SH ARGUMENTS\n" : ".SH OPTIONS\n");
    first = false;
    write_option(out, *option);
  }
}

// `path`: "weir cache prune"; the page is weir-cache-prune.1.
void write_page(std::ostream& out, const CLI::App& command, const std::string& path) {
  std::string title = path;
  std::ranges::replace(title, ' ', '-');
  out << ".TH " << title << " 1 \"\" \"weir " WEIR_VERSION "\" \"weir\"\n.SH NAME\n"
      << roff(title) << " \\- "
      << roff(command.get_parent() == nullptr ? "compile, cache and run eBPF programs"
                                              : command.get_description())
      << "\n.SH SYNOPSIS\n\\fB" << roff(path) << "\\fR";
  const auto subcommands = commands_of(command);
  if (!subcommands.empty()) out << " \\fICOMMAND\\fR";
  out << " [\\fIOPTIONS\\fR]";
  for (const CLI::Option* option : options_of(command)) {
    if (!option->nonpositional()) out << " \\fI" << roff(option->get_name(true)) << "\\fR";
  }
  out << "\n.SH DESCRIPTION\n" << roff(command.get_description()) << '\n';
  if (!subcommands.empty()) {
    out << ".SH COMMANDS\n";
    for (const CLI::App* sub : subcommands) {
      out << ".TP\n\\fB" << roff(sub->get_name()) << "\\fR\n"
          << roff(sub->get_description()) << '\n';
    }
  }
  write_options(out, command, true);
  write_options(out, command, false);
  if (!command.get_footer().empty()) {
    out << ".SH NOTES\n.nf\n" << roff(command.get_footer()) << "\n.fi\n";
  }
  if (command.get_parent() != nullptr) out << ".SH SEE ALSO\n\\fBweir\\fR(1)\n";
}

bool write_pages(const std::filesystem::path& folder, const CLI::App& command,
                 const std::string& path) {
  std::string name = path;
  std::ranges::replace(name, ' ', '-');
  std::ofstream out(folder / (name + ".1"));
  write_page(out, command, path);
  if (!out.flush()) return false;
  for (const CLI::App* sub : commands_of(command)) {
    if (!write_pages(folder, *sub, path + " " + sub->get_name())) return false;
  }
  return true;
}

// One case for each command: what may follow it.
void write_cases(std::ostream& out, const CLI::App& command, const std::string& path) {
  out << "    '" << path << "') commands='";
  for (const CLI::App* sub : commands_of(command)) out << sub->get_name() << ' ';
  out << "' options='";
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : option->get_lnames()) out << "--" << name << ' ';
  }
  out << "' ;;\n";
  for (const CLI::App* sub : commands_of(command)) {
    write_cases(out, *sub, path + " " + sub->get_name());
  }
}

void write_completion(std::ostream& out, const CLI::App& app) {
  out << R"(# bash completion for weir
_weir() {
  local current=${COMP_WORDS[COMP_CWORD]} path=weir commands='' options='' next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="$path ${COMP_WORDS[i]}"
    case "$next" in
)";
  const std::function<void(const CLI::App&, const std::string&)> paths =
      [&](const CLI::App& command, const std::string& path) {
        for (const CLI::App* sub : commands_of(command)) {
          out << "    '" << path << ' ' << sub->get_name() << "') path=$next ;;\n";
          paths(*sub, path + " " + sub->get_name());
        }
      };
  paths(app, "weir");
  out << "    esac\n  done\n  case \"$path\" in\n";
  write_cases(out, app, "weir");
  out << R"(  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  fi
  # No word fits: a file, as -o default has it.
}
complete -o default -F _weir weir
)";
}

}  // namespace

void add_manual_command(CLI::App& app, Exit& exit) {
  auto* command = app.add_subcommand("manual", "Write manual pages and the completion for bash");
  command->group("");
  struct Where {
    std::string man, bash;
  };
  auto where = std::make_shared<Where>();
  command->add_option("--man", where->man, "Folder for the pages")->type_name("DIR");
  command->add_option("--bash", where->bash, "File for the completion")->type_name("FILE");
  command->callback([&app, &exit, where] {
    bool written = true;
    if (!where->man.empty()) written = write_pages(where->man, app, "weir");
    if (!where->bash.empty()) {
      std::ofstream out(where->bash);
      write_completion(out, app);
      written = written && out.flush();
    }
    if (written) return;
    fmt::print(stderr, "error: cannot write the manual\n");
    exit = Exit::kFailed;
  });
}

}  // namespace weir::tool
