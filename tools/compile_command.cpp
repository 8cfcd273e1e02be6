// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir compile: programs to native code, into the cache or into native objects.
//
// Files are independent: several are compiled at once, each by a process of its own, so that a bad
// one, or a compiler that breaks on it, is told and the others go on. What is told comes in the
// order of the command line, whichever was ready first. A program that another process compiles at
// the moment (stacked_store.h) is left for later.
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cache/size_text.h"
#include "frontend/support/text.h"
#include "tools/compile/compile_worker.h"
#include "tools/inputs.h"
#include "tools/profile_file.h"
#include "tools/signing.h"

namespace weir::tool {

namespace {

struct CompileCommand {
  PcapFilterOption pcap_filter;
  std::vector<std::string> inputs;
  std::string output;
  unsigned jobs = 0;  // 0: one for each CPU that this process may use
  bool quiet = false;
  std::string profile;
  ProgramChoice program;
  CompileChoice compile;
  CacheChoice cache;
  OutputOptions out;
};

unsigned usable_cpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

struct Counts {
  size_t found = 0, remote = 0, compiled = 0, failed = 0;
  size_t programs() const { return found + compiled + failed; }
};

// "[3/12] 2 found, 1 compiled, ip_dst.bpf.o" on one line of the terminal, rewritten as work goes
// on.
class Progress {
 public:
  explicit Progress(size_t total) : total_(total), on_(total > 1 && ::isatty(STDERR_FILENO)) {}
  void show(size_t done, const Counts& counts, const std::string& name) const {
    if (!on_) return;
    fmt::print(stderr, "\r\033[K[{}/{}] {} found, {} compiled, {}", done, total_, counts.found,
               counts.compiled, printable(name, 40));
    std::fflush(stderr);
  }
  void clear() const {
    if (on_) fmt::print(stderr, "\r\033[K");
  }

 private:
  size_t total_;
  bool on_;
};

// A file for one CPU, or for all of them if they go into one object.
struct Job {
  size_t file = 0;
  std::optional<size_t> target;
  std::vector<size_t> only;  // empty: all programs that were chosen
  Clock::time_point not_before{};
  std::chrono::milliseconds patience{10};  // until it is tried again, if somebody else is at it
};

// What is known of a file so far.
struct FileResult {
  size_t open = 0;                                     // jobs
  std::map<std::pair<size_t, size_t>, Json> programs;  // by target and index
  std::vector<Json> errors;
  std::set<std::string> warnings;
};

class Compilation {
 public:
  Compilation(const CompilePlan& plan, const CompileCommand& command)
      : plan_(plan),
        command_(command),
        pool_([&plan] { return make_compile_worker(plan); }),
        results_(plan.files.size()) {
    const bool to_cache = plan.outputs.empty();
    for (size_t i = 0; i < plan.files.size(); ++i) {
      results_[i].open = to_cache ? plan.targets.size() : 1;
      for (size_t t = 0; t < results_[i].open; ++t) {
        Job job{.file = i};
        if (to_cache) job.target = t;
        jobs_.push_back(std::move(job));
      }
    }
  }

  Result<Exit> run(Json& files) {
    const unsigned width = command_.jobs != 0 ? command_.jobs : usable_cpus();
    const Progress progress(jobs_.size());
    size_t done = 0;
    progress.show(0, counts_, plan_.files.front().path);
    while (!jobs_.empty() || !running_.empty()) {
      int patience = -1;
      while (pool_.busy() < width) {
        auto job = next_job(patience);
        if (!job) break;
        WEIR_CHECK(start(std::move(*job)));
      }
      auto answer = pool_.wait(patience);
      if (!answer) continue;
      const std::string& name = plan_.files[running_.at(answer->tag).file].path;
      done += take(*answer);
      for (; told_ < results_.size() && results_[told_].open == 0; ++told_) {
        progress.clear();
        tell(told_, files);
      }
      progress.show(done, counts_, name);
    }
    progress.clear();
    for (const std::string& text : pool_.finish()) take_farewell(Json::parse(text));
    for (const std::string& warning : warnings_) print_warning(warning);
    return exit_;
  }

  const Counts& counts() const { return counts_; }
  const Json& remotes() const { return remotes_; }

 private:
  // The first job whose time has come. `patience` becomes the time until the next one has.
  std::optional<Job> next_job(int& patience) {
    const auto now = Clock::now();
    patience = -1;
    for (auto it = jobs_.begin(); it != jobs_.end(); ++it) {
      if (it->not_before <= now) {
        Job job = std::move(*it);
        jobs_.erase(it);
        return job;
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(it->not_before - now).count();
      if (patience < 0 || left < patience) patience = static_cast<int>(left);
    }
    return std::nullopt;
  }

  Status start(Job job) {
    Json request = {{"file", job.file}};
    if (job.target) request["target"] = *job.target;
    if (!job.only.empty()) request["only"] = job.only;
    const size_t tag = next_tag_++;
    WEIR_CHECK(pool_.send(tag, request.dump()));
    running_.emplace(tag, std::move(job));
    return {};
  }

  // 1 if a job is done with it.
  size_t take(const WorkerPool::Answer& answer) {
    Job job = std::move(running_.at(answer.tag));
    running_.erase(answer.tag);
    FileResult& file = results_[job.file];
    if (!answer.death.empty()) {
      file.errors.push_back(error_answer(
          Error(ErrorCode::kCompilerFailed, "the compiler broke on it: " + answer.death)
              .in_file(plan_.files[job.file].path)));
      ++counts_.failed;
      --file.open;
      return 1;
    }
    Json said = Json::parse(answer.bytes);
    for (Json& program : said["programs"]) {
      if (program["state"] == "hit") {
        ++counts_.found;
        counts_.remote += program["json"]["cache"].contains("from");
      } else {
        ++counts_.compiled;
      }
      const size_t index = program["index"];
      file.programs[{job.target.value_or(0), index}] = std::move(program);
    }
    for (Json& error : said["errors"]) {
      ++counts_.failed;
      file.errors.push_back(std::move(error));
    }
    for (const Json& warning : said["warnings"]) file.warnings.insert(warning);
    if (said["busy"].empty()) {
      --file.open;
      return 1;
    }
    // Behind everything else, and less and less often.
    constexpr std::chrono::milliseconds kLongest{250};
    job.only = said["busy"].get<std::vector<size_t>>();
    job.not_before = Clock::now() + job.patience;
    job.patience = std::min(2 * job.patience, kLongest);
    jobs_.push_back(std::move(job));
    return 0;
  }

  // Failed: an error, or a program that was to be in the cache and is not.
  void tell(size_t index, Json& files) {
    FileResult& file = results_[index];
    const std::string& path = plan_.files[index].path;
    for (const std::string& warning : file.warnings) print_warning(warning);
    Json out = {{"file", printable(path, 4096)}};
    if (!plan_.outputs.empty() && file.errors.empty()) {
      out["output"] = printable(plan_.outputs[index], 4096);
    }
    out["programs"] = Json::array();
    for (auto& [place, program] : file.programs) {
      if (!command_.out.as_json() && !command_.quiet) {
        fmt::print("{}\n", program["text"].get<std::string>());
      }
      for (const Json& warning : program["warnings"]) print_warning(warning.get<std::string>());
      if (!program["kept"].get<bool>()) exit_ = worst(exit_, Exit::kFailed);
      out["programs"].push_back(std::move(program["json"]));
    }
    for (Json& error : file.errors) {
      fmt::print(stderr, "{}\n", error["text"].get<std::string>());
      exit_ = worst(exit_, error["usage"].get<bool>() ? Exit::kUsage : Exit::kFailed);
      out["errors"].push_back(std::move(error["json"]));
    }
    if (command_.out.as_json()) files.push_back(std::move(out));
    file = FileResult();
  }

  void take_farewell(const Json& said) {
    for (const Json& remote : said["remotes"]) {
      Json* sum = nullptr;
      for (Json& known : remotes_) {
        if (known["name"] == remote["name"]) sum = &known;
      }
      if (sum == nullptr) {
        remotes_.push_back(remote);
        continue;
      }
      for (const auto& [name, value] : remote.items()) {
        if (value.is_number()) (*sum)[name] = (*sum)[name].get<uint64_t>() + value.get<uint64_t>();
      }
    }
    for (const Json& warning : said["warnings"]) warnings_.insert(warning);
  }

  const CompilePlan& plan_;
  const CompileCommand& command_;
  WorkerPool pool_;
  std::vector<FileResult> results_;  // parallel to plan_.files
  size_t told_ = 0;
  std::deque<Job> jobs_;
  std::map<size_t, Job> running_;  // by tag
  size_t next_tag_ = 0;
  Counts counts_;
  Exit exit_ = Exit::kOk;
  Json remotes_ = Json::array();
  std::set<std::string> warnings_;
};

// A folder: named with a slash, there already, or needed because there are several files.
Status prepare_output(std::string output, CompilePlan& plan) {
  if (output.empty()) return {};
  struct stat info {};
  const bool exists = ::stat(output.c_str(), &info) == 0;
  const bool is_folder = exists && S_ISDIR(info.st_mode);
  const bool wanted = output.ends_with('/');
  if (plan.files.size() > 1 && !is_folder && !wanted) {
    return Error(ErrorCode::kUsage, fmt::format("-o {} is one file, but there are {} inputs",
                                                printable(output), plan.files.size()))
        .with_hint("name a folder with a slash at its end: -o " + printable(output) + "/");
  }
  if (!is_folder && !wanted) {
    plan.outputs.push_back(std::move(output));
    return {};
  }
  while (output.size() > 1 && output.ends_with('/')) output.pop_back();
  std::set<std::string> names, folders = {output};
  for (const InputFile& file : plan.files) {
    std::string path = fmt::format("{}/{}.weir", output, file.output);
    if (!names.insert(path).second) {
      return Error(ErrorCode::kUsage,
                   fmt::format("two inputs would be written to {}", printable(path)));
    }
    for (size_t slash = path.find('/', output.size() + 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      folders.insert(path.substr(0, slash));
    }
    plan.outputs.push_back(std::move(path));
  }
  for (const std::string& folder : folders) {
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
      return Error(ErrorCode::kIo, fmt::format("cannot make the folder: {}", std::strerror(errno)))
          .in_file(folder);
    }
  }
  return {};
}

// "1000 programs: 12 found, 958 of another machine, 30 compiled, 0 failed, 4.1 s"
void print_summary(const Compilation& done, std::chrono::nanoseconds time) {
  const Counts& counts = done.counts();
  std::string text = fmt::format("{} programs: {} found", counts.programs(), counts.found);
  if (counts.remote != 0) text += fmt::format(" ({} in remote stores)", counts.remote);
  text += fmt::format(", {} compiled, {} failed, {:.1f} s", counts.compiled, counts.failed,
                      std::chrono::duration<double>(time).count());
  fmt::print("{}\n", text);
  for (const Json& remote : done.remotes()) {
    fmt::print("{}: {} hits, {} misses, {} refused, {} failures, {} uploads, {} down, {} up\n",
               remote["name"].get<std::string>(), remote["hits"].get<uint64_t>(),
               remote["misses"].get<uint64_t>(), remote["refused"].get<uint64_t>(),
               remote["failures"].get<uint64_t>(), remote["uploads"].get<uint64_t>(),
               format_size(remote["bytes_down"].get<uint64_t>()),
               format_size(remote["bytes_up"].get<uint64_t>()));
  }
}

Result<CompilePlan> make_plan(const CompileCommand& command) {
  CompilePlan plan;
  WEIR_TRY(plan.files, expand_inputs(command.inputs));
  WEIR_CHECK(prepare_output(command.output, plan));
  plan.program = command.program;
  plan.cache = command.cache;
  std::set<std::string> cpus;
  for (std::string& cpu : split_cpus(command.compile.cpu)) {
    if (!cpus.insert(cpu).second) continue;
    plan.targets.push_back(command.compile);
    plan.targets.back().cpu = std::move(cpu);
  }
  if (plan.targets.empty()) plan.targets.push_back(command.compile);
  if (!command.profile.empty()) {
    WEIR_TRY(ProfileFile profile, read_profile_file(command.profile));
    plan.profile = std::make_shared<const ProfileFile>(std::move(profile));
  }
  if (command.output.empty() && command.cache.off) {
    return Error(ErrorCode::kUsage, "with --no-cache and without -o nothing would be kept");
  }
  WEIR_TRY(plan.trust, command.cache.trust());
  if (!plan.outputs.empty() && !command.cache.sign_key.empty()) {
    WEIR_TRY(plan.signer, make_signer(command.cache.sign_key, ""));
  }
  if (plan.outputs.empty()) {
    // The cache is what was asked for here: without it there is nothing to do.
    const OptionalCache cache(command.cache, plan.trust, CacheUse::kCheck);
    if (cache.problem()) return Error(*cache.problem());
  }
  return plan;
}

Exit run(const CompileCommand& command) {
  auto plan = make_plan(command);
  if (!plan) return fail(plan.error(), command.out);
  const auto start = Clock::now();
  Json files = Json::array();
  Compilation compilation(*plan, command);
  auto exit = compilation.run(files);
  if (!exit) return fail(exit.error(), command.out);
  if (command.out.as_json()) {
    const Counts& counts = compilation.counts();
    print_json({{"files", std::move(files)},
                {"summary",
                 {{"programs", counts.programs()},
                  {"found", counts.found},
                  {"found_remote", counts.remote},
                  {"compiled", counts.compiled},
                  {"failed", counts.failed},
                  {"time_ns", (Clock::now() - start).count()},
                  {"remotes", compilation.remotes()}}}},
               command.out);
  } else if (command.quiet || compilation.counts().programs() > 1) {
    print_summary(compilation, Clock::now() - start);
  }
  return *exit;
}

}  // namespace

void add_compile_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("compile", "Compile programs to native code");
  auto command = std::make_shared<CompileCommand>();
  sub->add_option(
      "FILES", command->inputs,
      "BPF objects (or .s, .hex, .bin, .cbpf), folders with them, or @LIST: a file that "
      "names one in each line");
  add_pcap_filter(*sub, command->pcap_filter);
  sub->add_option("-o,--output", command->output,
                  "Write a native object, or one for each input into a folder; without it programs "
                  "are compiled into the cache")
      ->type_name("FILE|DIR/");
  sub->add_option("-j,--jobs", command->jobs,
                  "Files to compile at once (default: one for each CPU)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U));
  sub->add_flag("-q,--quiet", command->quiet, "Print errors and the sum at the end only");
  sub->add_option("--profile", command->profile,
                  "How the programs ran (weir filter --profile): code for the ways they take\n"
                  "most")
      ->type_name("FILE");
  add_program_choice(*sub, command->program);
  add_compile_choice(*sub, command->compile, true);
  add_cache_choice(*sub, command->cache);
  add_output_options(*sub, command->out, false);
  sub->footer(
      "The CPU is x86-64-v2 for files and this machine's for the cache, unless --cpu says. Several "
      "CPUs,\nseparated by commas, make several entries in the cache, or one file that holds code "
      "for each: the\nloader takes what suits its machine best. What is in the cache already, or "
      "in a remote store, is\nnot compiled again; what another weir compiles at the moment is "
      "waited for.\n\n"
      "Example:\n"
      "  weir compile filters/                        # all objects below it, into the cache\n"
      "  weir compile @list --cpu x86-64-v2,x86-64-v3,znver4 -o out/\n"
      "  weir compile ip_dst.bpf.o -o ip_dst.weir     # a file to take elsewhere");
  sub->callback([command, &exit] {
    command->pcap_filter.add_to(command->inputs);
    exit = run(*command);
  });
}

}  // namespace weir::tool
