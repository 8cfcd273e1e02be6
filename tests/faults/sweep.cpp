// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/faults/sweep.h"

#include <dirent.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include <fmt/format.h>

extern "C" const char __executable_start;  // NOLINT: the linker's

namespace weir::faults {

namespace {

constexpr size_t kMaxFindings = 12;
constexpr unsigned kPatience = 30;  // seconds for one run; what takes longer hangs

Outcome outcome_of(Outcome::Kind kind, const char* text) {
  Outcome out{.kind = kind};
  std::snprintf(out.text, sizeof out.text, "%s", text);
  return out;
}

// What parent and child share.
struct Progress {
  uint64_t step;  // of `steps`, being done
  uint64_t refused, errors;
};
struct Step {
  How how;
  uint64_t at;
};

std::vector<Step> choose(uint64_t calls, const SweepOptions& options) {
  const char* const wish = std::getenv("WEIR_FAULTS");
  const bool all = wish != nullptr && std::strcmp(wish, "all") == 0;
  std::vector<Step> out;
  for (const How how : options.hows) {
    const uint64_t dense = all ? calls : std::min(calls, options.dense);
    for (uint64_t at = 1; at <= dense; ++at) out.push_back({how, at});
    const uint64_t rest = calls - dense;
    if (rest == 0) continue;
    const uint64_t step = std::max<uint64_t>(1, rest / std::max<uint64_t>(1, options.sparse));
    for (uint64_t at = dense + 1; at <= calls; at += step) out.push_back({how, at});
  }
  return out;
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  if (folder.empty()) return names;
  DIR* const entries = ::opendir(folder.c_str());
  if (entries == nullptr) return names;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = folder + "/" + name;
    names.insert(path);
    if (entry->d_type == DT_DIR) names.merge(names_in(path));
  }
  ::closedir(entries);
  return names;
}

int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 128; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

// ---- Telling, also from a signal handler ----

int g_tell = -1;
const char* g_scenario = "";
Step g_step;

void tell(const char* text) {
  (void)!::write(g_tell, text, std::strlen(text));
}
// Places are offsets in the executable, which the parent turns into lines of source.
void tell_place(const char* what, void* const* frames, int depth) {
  char line[128];
  std::snprintf(line, sizeof line, "  %s:\n", what);
  tell(line);
  for (int i = 0; i < depth; ++i) {
    std::snprintf(
        line, sizeof line, "    +%#lx\n",
        static_cast<unsigned long>(reinterpret_cast<const char*>(frames[i]) - &__executable_start));
    tell(line);
  }
}
void tell_finding(const char* what) {
  disarm();
  char line[600];
  std::snprintf(line, sizeof line, "\x01%s: call %llu refused (%s): %s\n", g_scenario,
                static_cast<unsigned long long>(g_step.at), how_name(g_step.how), what);
  tell(line);
  tell_place("refused at", refused_at().frames, refused_at().depth);
}

void on_signal(int number) {
  void* frames[kFrames];
  const int depth = ::backtrace(frames, kFrames);
  char what[64];
  std::snprintf(what, sizeof what, number == SIGALRM ? "hangs" : "ends with signal %d", number);
  tell_finding(what);
  tell_place("it was at", frames, depth);
  ::_exit(3);
}

// ---- The child ----

void leak_place(size_t bytes, const Place& place) {
  char what[64];
  std::snprintf(what, sizeof what, "%zu bytes that are left were allocated at", bytes);
  tell_place(what, place.frames, place.depth);
}

class Child {
 public:
  Child(const Scenario& scenario, const SweepOptions& options, Progress& progress)
      : scenario_(scenario), options_(options), progress_(progress) {}

  void work(std::span<const Step> steps) {
    static char stack[1 << 16];
    const stack_t other{.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
    ::sigaltstack(&other, nullptr);
    struct sigaction action{};
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK;
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGALRM, SIGPIPE}) {
      ::sigaction(number, &action, nullptr);
    }
    g_scenario = scenario_.name.c_str();
    // Things that live as long as the process, and the places of threads.
    for (int i = 0; i < 3; ++i) (void)scenario_.run();
    names_ = names_in(scenario_.folder);
    for (; progress_.step < steps.size(); ++progress_.step) one(steps[progress_.step]);
  }

 private:
  void one(const Step& step) {
    g_step = step;
    ::alarm(kPatience);
    const Held before = held();
    const int descriptors = open_descriptors();
    const Outcome outcome = run_refusing(step);
    if (seen_.failed == 0) return;  // this time it was not so many
    ++progress_.refused;
    if (outcome.kind == Outcome::Kind::kRefused) ++progress_.errors;
    if (outcome.kind == Outcome::Kind::kWrong) tell_finding(outcome.text);
    if (step.how == How::kInterrupted && outcome.kind == Outcome::Kind::kRefused) {
      tell_finding(fmt::format("a signal is no reason to fail: {}", outcome.text).c_str());
    }
    if (held().allocations != before.allocations) {
      tell_finding(
          fmt::format("{} allocations are left", held().allocations - before.allocations).c_str());
      remember_allocations();
      (void)run_refusing(step);
      report_new(&leak_place);
    }
    if (held().mapped != before.mapped && step.how != How::kInterrupted) {
      tell_finding(fmt::format("{} bytes are left mapped", held().mapped - before.mapped).c_str());
    }
    if (open_descriptors() != descriptors) {
      tell_finding(
          fmt::format("{} descriptors are left open", open_descriptors() - descriptors).c_str());
    }
    for (const std::string& name : names_in(scenario_.folder)) {
      if (!names_.contains(name)) {
        tell_finding(fmt::format("the file {} is left", name).c_str());
        names_.insert(name);
      }
    }
    // Nothing is refused any more.
    const Outcome again = scenario_.run();
    if (again.kind != Outcome::Kind::kDone) {
      tell_finding(fmt::format("afterwards it fails: {}", again.text).c_str());
    }
  }

  Outcome run_refusing(const Step& step) {
    arm({.points = options_.points, .how = step.how, .at = step.at});
    const Outcome outcome = scenario_.run();
    seen_ = disarm();
    return outcome;
  }

  const Scenario& scenario_;
  const SweepOptions& options_;
  Progress& progress_;
  std::set<std::string> names_;
  Seen seen_;
};

// ---- The parent ----

// "+0x123" lines become functions and lines of source, where addr2line is installed.
std::string with_source(const std::string& text) {
  std::string out;
  size_t from = 0;
  while (from < text.size()) {
    const size_t end = text.find('\n', from);
    const std::string line = text.substr(from, end - from);
    from = end == std::string::npos ? text.size() : end + 1;
    const size_t plus = line.find("    +0x");
    if (plus != 0) {
      out += line + "\n";
      continue;
    }
    const std::string command =
        fmt::format("addr2line -Cfpse /proc/{}/exe {:#x} 2>/dev/null", ::getpid(),
                    std::strtoull(line.c_str() + 5, nullptr, 16) - 1);
    char shown[512] = {};
    if (std::FILE* const pipe = ::popen(command.c_str(), "r")) {
      if (std::fgets(shown, sizeof shown, pipe) == nullptr) shown[0] = '\0';
      ::pclose(pipe);
    }
    if (shown[0] != '\0' && shown[0] != '?') out += fmt::format("    {:.300}", shown);
    if (!out.ends_with('\n')) out += '\n';
  }
  return out;
}

void split(const std::string& said, std::vector<std::string>& findings) {
  size_t at = said.find('\x01');
  while (at != std::string::npos) {
    const size_t end = said.find('\x01', at + 1);
    findings.push_back(findings.size() < kMaxFindings
                           ? with_source(said.substr(at + 1, end - at - 1))
                           : said.substr(at + 1, 200));
    at = end;
  }
}

std::string read_all(int fd) {
  std::string out;
  char part[4096];
  for (ssize_t n; (n = ::read(fd, part, sizeof part)) > 0;)
    out.append(part, static_cast<size_t>(n));
  return out;
}

}  // namespace

Outcome done() {
  return {};
}
Outcome refused(const char* text) {
  if (text == nullptr || text[0] == '\0') return wrong("an error without a text");
  return outcome_of(Outcome::Kind::kRefused, text);
}
Outcome wrong(const char* text) {
  return outcome_of(Outcome::Kind::kWrong, text);
}

Report sweep(const Scenario& scenario, const SweepOptions& options) {
  Report report;
  for (int i = 0; i < 3; ++i) {
    arm({.points = options.points});
    const Outcome outcome = scenario.run();
    report.calls = disarm().calls;
    if (outcome.kind != Outcome::Kind::kDone) {
      report.findings.push_back(scenario.name + " with nothing refused: " + outcome.text);
      return report;
    }
  }
  const std::vector<Step> steps = choose(report.calls, options);
  auto* const progress = static_cast<Progress*>(
      ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  *progress = {};
  while (progress->step < steps.size() && report.findings.size() < 4 * kMaxFindings) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) break;
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      g_tell = ends[1];
      Child(scenario, options, *progress).work(steps);
      ::_exit(0);
    }
    ::close(ends[1]);
    split(read_all(ends[0]), report.findings);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status == 0) break;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 3) {
      report.findings.push_back(
          fmt::format("{}: step {} ends with status {:#x}", scenario.name, progress->step, status));
    }
    ++progress->step;
  }
  report.refused = progress->refused;
  report.errors = progress->errors;
  ::munmap(progress, sizeof *progress);
  return report;
}

}  // namespace weir::faults
