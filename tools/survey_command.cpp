// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir survey: what becomes of every program in folders of objects: does it load, does policy
// strict prove it, does guard take it, does it compile, and what does the kernel say.
//
// Each program is asked about in a process of its own, with a limit on its time: one that takes
// too long or ends its process is a line of the table, and peak memory is that of the one program.
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "runtime/engine/native_cache.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/plugin_compiler.h"
#include "tools/testing/kernel_load.h"
#include "tools/testing/run_kernel.h"

namespace weir::tool {

namespace {

struct SurveyCommand {
  std::vector<std::string> paths;
  bool compile = true;
  bool kernel = false;
  bool reasons = true;
  unsigned timeout = 60;
  CompileChoice choice;  // `at` is for sections that name no hook kind
  OutputOptions out;
};

// What such programs are tried as, in this order, until policy guard takes one and needs no check;
// else it is the first that it takes.
constexpr ContextKind kCandidates[] = {ContextKind::kSchedCls, ContextKind::kXdp,
                                       ContextKind::kSocketFilter, ContextKind::kLwtXmit,
                                       ContextKind::kCgroupSkb};

struct Answer {
  bool asked = false, yes = false;
  std::string why;  // of a no; one line
  double milliseconds = 0;
};

void to_json(Json& json, const Answer& answer) {
  json = {{"yes", answer.yes}};
  if (!answer.why.empty()) json["why"] = answer.why;
  if (answer.milliseconds > 0) json["ms"] = answer.milliseconds;
}
void from_json(const Json& json, Answer& answer) {
  answer.asked = true;
  answer.yes = json.at("yes");
  answer.why = json.value("why", "");
  answer.milliseconds = json.value("ms", 0.0);
}

struct Row {
  std::string file, program, section, at;
  size_t instructions = 0;
  Answer loads, strict, guard, compiles, kernel;
  uint64_t code_bytes = 0;
  double peak_mib = 0;
};

// Without the place, which makes equal reasons different, and on one line.
std::string reason_of(const Error& error) {
  const std::string where = error.where().instruction
                                ? fmt::format("instruction {}: ", *error.where().instruction)
                                : std::string();
  return printable(where + error.message(), 400);
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Survey {
 public:
  explicit Survey(const SurveyCommand& command) : command_(command) {}

  // All objects under a folder, in order of their paths.
  Status add(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files_.push_back(path);
      return {};
    }
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    std::filesystem::recursive_directory_iterator it(path, options, error), end;
    for (; !error && it != end; it.increment(error)) {
      if (it->path().extension() == ".o" && it->is_regular_file(error))
        files_.push_back(it->path().string());
    }
    if (error) return Error(ErrorCode::kIo, error.message()).in_file(path);
    std::ranges::sort(files_);
    return {};
  }

  void run() {
    if (command_.compile) load_compiler();
    for (const std::string& file : files_) survey_file(file);
  }

  const std::vector<Row>& rows() const { return rows_; }
  size_t files() const { return files_.size(); }

 private:
  // Once for all the processes to come. Nobody waits for what it gives.
  void load_compiler() {
    auto input = Input::from_hex("b7000000000000009500000000000000", "warm-up");
    if (!input) return;
    auto program = input->load({});
    auto options = command_.choice.options_for("", "native");
    if (!program || !options) return;
    auto verified = verify(std::move(*program), *options);
    if (verified) (void)compile_native(*verified, &compiler_);
  }

  void survey_file(const std::string& path) {
    Row row;
    row.file = path;
    auto input = Input::read(path);
    auto refs = input ? input->programs() : Result<std::vector<ProgramRef>>(input.take_error());
    if (!refs) {
      row.loads = {.asked = true, .yes = false, .why = reason_of(refs.error())};
      rows_.push_back(std::move(row));
      return;
    }
    for (const ProgramRef& ref : *refs) {
      row = {};
      row.file = path;
      row.program = ref.name;
      row.section = ref.section;
      survey_program(*input, ref, row);
      rows_.push_back(std::move(row));
    }
  }

  void survey_program(const Input& input, const ProgramRef& ref, Row& row) {
    auto program = input.load(ref);
    row.loads = {.asked = true, .yes = program.has_value(), .why = {}};
    if (!program) {
      row.loads.why = reason_of(program.error());
      return;
    }
    row.instructions = program->insns.size();
    ContextKind kind = ContextKind::kMemory;
    ask(row.guard, [&] { return find_kind(*program, ref); }, row.guard, &row.at);
    if (const auto found = context_from_name(row.at)) kind = *found;
    ask(row.strict, [&] { return analyse(*program, kind, Policy::kStrict); }, row.strict);
    if (command_.compile && row.guard.yes) {
      ask(row.compiles, [&] { return compile(*program, kind); }, row.compiles, nullptr, &row);
    }
    if (!command_.kernel) return;
    auto bytes = read_object_bytes_of(row.file);
    ask(
        row.kernel,
        [&] {
          const KernelAnswer answer = ask_kernel(bytes, row.file, *program, kind);
          return Json(Answer{.yes = answer.accepted, .why = printable(answer.why, 400)});
        },
        row.kernel);
  }

  static Bytes read_object_bytes_of(const std::string& path) {
    auto bytes = read_data(path);
    return bytes ? std::move(*bytes) : Bytes();
  }

  Json analyse(const Program& program, ContextKind kind, Policy policy) const {
    CompileChoice choice = command_.choice;
    choice.at = kind;
    choice.policy = policy;
    auto options = choice.options_for("", "native");
    if (!options) return Answer{.yes = false, .why = reason_of(options.error())};
    const auto start = Clock::now();
    auto verified = verify(Program(program), *options);
    const double time = milliseconds_since(start);
    if (!verified)
      return Answer{.yes = false, .why = reason_of(verified.error()), .milliseconds = time};
    Json json = Answer{.yes = true, .why = {}, .milliseconds = time};
    json["checks"] = verified->facts().accesses - verified->facts().proven;
    return json;
  }

  Json find_kind(const Program& program, const ProgramRef& ref) const {
    const ContextKind named = context_from_section(ref.section);
    std::vector<ContextKind> kinds = {named};
    if (named == ContextKind::kMemory) {
      kinds.assign(std::begin(kCandidates), std::end(kCandidates));
      if (command_.choice.at) kinds = {*command_.choice.at};
    }
    Json first;
    for (const ContextKind kind : kinds) {
      Json answer = analyse(program, kind, Policy::kGuard);
      answer["at"] = context_name(kind);
      if (answer["yes"] && answer["checks"] == 0) return answer;
      if (first.is_null() || (answer["yes"] && !first["yes"])) first = std::move(answer);
    }
    return first;
  }

  Json compile(const Program& program, ContextKind kind) {
    CompileChoice choice = command_.choice;
    choice.at = kind;
    auto options = choice.options_for("", "native");
    if (!options) return Answer{.yes = false, .why = reason_of(options.error())};
    const auto start = Clock::now();
    auto verified = verify(Program(program), *options);
    if (!verified) return Answer{.yes = false, .why = reason_of(verified.error())};
    auto object = compile_native(*verified, &compiler_);
    if (!object) return Answer{.yes = false, .why = reason_of(object.error())};
    Json json = Answer{.yes = true, .why = {}, .milliseconds = milliseconds_since(start)};
    json["code_bytes"] = object->manifest().code_size;
    return json;
  }

  // Runs `question` in a child, and reads what it writes.
  template <typename Question>
  void ask(Answer& unanswered, Question question, Answer& answer, std::string* at = nullptr,
           Row* measured = nullptr) {
    unanswered = {.asked = true, .yes = false, .why = {}};
    int ends[2];
    if (::pipe(ends) != 0) {
      answer.why = std::strerror(errno);
      return;
    }
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      ::alarm(command_.timeout);
      const std::string text = Json(question()).dump();
      for (size_t done = 0; done < text.size();) {
        const ssize_t n = ::write(ends[1], text.data() + done, text.size() - done);
        if (n <= 0) break;
        done += static_cast<size_t>(n);
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char block[4096];
    for (ssize_t n; child > 0 && (n = ::read(ends[0], block, sizeof block)) > 0;)
      text.append(block, static_cast<size_t>(n));
    ::close(ends[0]);
    int status = 0;
    rusage usage{};
    if (child < 0 || ::wait4(child, &status, 0, &usage) < 0) {
      answer.why = std::strerror(errno);
      return;
    }
    const Json json = Json::parse(text, nullptr, false);
    if (WIFSIGNALED(status)) {
      answer.why = WTERMSIG(status) == SIGALRM
                       ? fmt::format("not done after {} s", command_.timeout)
                       : fmt::format("its process died of signal {}", WTERMSIG(status));
    } else if (json.is_object()) {
      answer = json.get<Answer>();
      if (at != nullptr) *at = json.value("at", "");
      if (measured != nullptr) measured->code_bytes = json.value("code_bytes", uint64_t{0});
    } else {
      answer.why = "its process gave no answer";
    }
    if (measured != nullptr) measured->peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  }

  const SurveyCommand& command_;
  PluginCompiler compiler_;
  std::vector<std::string> files_;
  std::vector<Row> rows_;
};

std::string mark(const Answer& answer) {
  return !answer.asked ? "-" : answer.yes ? "yes" : "no";
}

// Reasons that differ in numbers and quoted names only are one cause.
std::string cause_of(const std::string& why) {
  std::string out;
  for (size_t i = why.starts_with("instruction ") ? why.find(": ") + 2 : 0; i < why.size(); ++i) {
    const bool number = std::isdigit(static_cast<unsigned char>(why[i])) != 0;
    if (!number)
      out += why[i];
    else if (out.empty() || out.back() != 'N')
      out += 'N';
  }
  return out.substr(0, 110);
}

using Part = std::pair<const char*, Answer Row::*>;

std::vector<Part> parts(const SurveyCommand& command) {
  std::vector<Part> all = {
      {"loads", &Row::loads}, {"strict", &Row::strict}, {"guard", &Row::guard}};
  if (command.compile) all.emplace_back("compiles", &Row::compiles);
  if (command.kernel) all.emplace_back("kernel", &Row::kernel);
  return all;
}

void print_row(const SurveyCommand& command, const Row& row) {
  const std::string label =
      row.program.empty() ? "" : " " + program_label(row.program, row.section);
  fmt::print("{}{}\n", printable(row.file, 4096), label);
  fmt::print("    at {}, {} instructions:", row.at.empty() ? "?" : row.at, row.instructions);
  for (const auto& [name, part] : parts(command)) fmt::print(" {} {}", name, mark(row.*part));
  if (row.compiles.yes) {
    fmt::print(" ({:.1f} ms, {:.0f} MiB, {} bytes)", row.compiles.milliseconds, row.peak_mib,
               row.code_bytes);
  }
  fmt::print("\n");
  if (!command.reasons) return;
  for (const auto& [name, part] : parts(command)) {
    const Answer& answer = row.*part;
    if (answer.asked && !answer.yes) fmt::print("    {}: {}\n", name, answer.why);
  }
}

void print_causes(const std::vector<Row>& rows, const char* name, Answer Row::* part) {
  std::map<std::string, size_t> causes;
  for (const Row& row : rows) {
    const Answer& answer = row.*part;
    if (answer.asked && !answer.yes) ++causes[cause_of(answer.why)];
  }
  if (causes.empty()) return;
  std::vector<std::pair<std::string, size_t>> sorted(causes.begin(), causes.end());
  std::ranges::stable_sort(sorted, std::greater(), &std::pair<std::string, size_t>::second);
  fmt::print("\nWhy not, {}:\n", name);
  for (const auto& [cause, count] : sorted) fmt::print("{:6}  {}\n", count, cause);
}

// Of the programs that the kernel takes.
bool only_kernel(const Row& row, Answer Row::* part) {
  return row.kernel.yes && !(row.*part).yes;
}

void print_text(const SurveyCommand& command, const Survey& survey) {
  const std::vector<Row>& rows = survey.rows();
  for (const Row& row : rows) print_row(command, row);
  for (const auto& [name, part] : parts(command)) print_causes(rows, name, part);
  fmt::print("\n{} files, {} programs\n", survey.files(),
             std::ranges::count_if(rows, [](const Row& row) { return !row.program.empty(); }));
  for (const auto& [name, part] : parts(command)) {
    const auto yes =
        std::ranges::count_if(rows, [part](const Row& row) { return (row.*part).yes; });
    fmt::print("{:>10} {}\n", name, yes);
  }
  const auto largest = std::ranges::max_element(rows, {}, &Row::instructions);
  if (largest != rows.end() && largest->instructions != 0) {
    fmt::print("largest: {} instructions, analysed in {:.1f} ms (strict {:.1f} ms)",
               largest->instructions, largest->guard.milliseconds, largest->strict.milliseconds);
    if (largest->compiles.yes) {
      fmt::print(", compiled in {:.1f} ms, {:.0f} MiB", largest->compiles.milliseconds,
                 largest->peak_mib);
    }
    fmt::print(": {}\n", printable(largest->file, 4096));
  }
  if (!command.kernel) return;
  const std::pair<const char*, Answer Row::*> policies[] = {{"strict", &Row::strict},
                                                            {"guard", &Row::guard}};
  for (const auto& [name, part] : policies) {
    fmt::print("\nAccepted by the kernel, not by {}: {}\n", name,
               std::ranges::count_if(rows, [part](const Row& r) { return only_kernel(r, part); }));
    for (const Row& row : rows) {
      if (!only_kernel(row, part)) continue;
      fmt::print("    {} {}: {}\n", printable(row.file, 4096),
                 program_label(row.program, row.section), (row.*part).why);
    }
  }
}

Json survey_json(const SurveyCommand& command, const Survey& survey) {
  Json programs = Json::array();
  for (const Row& row : survey.rows()) {
    Json json = {{"file", printable(row.file, 4096)}};
    if (!row.program.empty()) json["name"] = printable(row.program);
    if (!row.section.empty()) json["section"] = printable(row.section);
    if (!row.at.empty()) json["at"] = row.at;
    json["instructions"] = row.instructions;
    for (const auto& [name, part] : parts(command)) {
      if ((row.*part).asked) json[name] = row.*part;
    }
    if (row.compiles.yes) {
      json["code_bytes"] = row.code_bytes;
      json["peak_mib"] = row.peak_mib;
    }
    programs.push_back(std::move(json));
  }
  return {{"files", survey.files()}, {"programs", std::move(programs)}};
}

Exit run(const SurveyCommand& command) {
  if (command.kernel) {
    if (const auto problem = kernel_problem()) {
      return fail(
          Error(ErrorCode::kIo, *problem).with_hint("leave --kernel away, or run it as root"),
          command.out);
    }
  }
  Survey survey(command);
  for (const std::string& path : command.paths) {
    if (Status added = survey.add(path); !added) return fail(added.error(), command.out);
  }
  survey.run();
  if (command.out.as_json()) {
    print_json(survey_json(command, survey), command.out);
  } else {
    print_text(command, survey);
  }
  return Exit::kOk;
}

}  // namespace

void add_survey_command(CLI::App& app, Exit& exit) {
  auto* sub =
      app.add_subcommand("survey", "Tell what becomes of all programs in folders of objects");
  auto command = std::make_shared<SurveyCommand>();
  sub->add_option("PATHS", command->paths, "Folders of BPF objects (*.o), or objects")->required();
  sub->add_flag("--kernel", command->kernel,
                "Ask the running kernel too: load each program, attach nothing (needs root)");
  sub->add_flag("!--no-compile", command->compile, "Analyse only");
  sub->add_flag("!--no-reasons", command->reasons, "Leave out why, in the lines of programs");
  sub->add_option("--timeout", command->timeout, "Seconds that each question may take (default 60)")
      ->type_name("N")
      ->check(CLI::Range(1U, 86'400U));
  add_at(*sub, command->choice.at);
  sub->get_option("--at")->description(
      "What programs are given whose section names no hook kind (default: the first of "
      "sched_cls, xdp, socket_filter, lwt_xmit, cgroup_skb that takes them without checks, or at "
      "all)");
  add_output_options(*sub, command->out);
  sub->footer(
      "For each program: does it load, does policy strict accept it, does guard, does it compile\n"
      "(time and peak memory of its process), what does the kernel say; and why not. The exit "
      "code\n"
      "is 0 whatever the answers are.\n\n"
      "Example:\n"
      "  weir survey --kernel objects/");
  sub->callback([command, &exit] { exit = run(*command); });
}

}  // namespace weir::tool
