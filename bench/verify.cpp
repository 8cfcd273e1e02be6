// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_bench_verify: how long the analysis of large programs takes, and how much memory. Each
// program is analysed in a process of its own, so that the memory is its own.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/large_programs.h"
#include "bench/programs.h"
#include "frontend/verifier/verifier.h"
#include "measure/report.h"

namespace weir::bench {
namespace {

struct Options {
  std::vector<size_t> sizes = {1000, 10'000, 100'000};
  std::string only;
  bool quick = false;
  Policy policy = Policy::kGuard;
  std::string json;
};

// Programs are repeated until so many instructions were analysed.
constexpr size_t kRepeated = 10'000;

// What a child process tells.
struct Outcome {
  double ns = 0;
  uint64_t instructions = 0;
  uint64_t accesses = 0, proven = 0;
  uint64_t memory = 0;  // bytes that the analysis added
  bool accepted = false;
  char message[256] = {};
};

// Of the processor: others may be at work.
double cpu_ns() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

uint64_t peak_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

Outcome analyse(const Program& program, Policy policy) {
  CompileOptions options;
  options.policy = policy;
  options.context = context_from_section(program.section);
  options.helpers = default_helpers(options.context);
  Outcome out;
  out.instructions = program.insns.size();
  const uint64_t before = peak_bytes();
  double start = cpu_ns();
  auto verified = verify(program, options);
  out.ns = cpu_ns() - start;
  out.memory = peak_bytes() - before;
  // Small programs again: the first run pays for pages and caches.
  for (size_t left = kRepeated / program.insns.size(); left > 0; --left) {
    start = cpu_ns();
    verified = verify(program, options);
    out.ns = std::min(out.ns, cpu_ns() - start);
  }
  out.accepted = static_cast<bool>(verified);
  if (verified) {
    out.accesses = verified->facts().accesses;
    out.proven = verified->facts().proven;
  } else {
    fmt::format_to_n(out.message, sizeof(out.message) - 1, "{}", verified.error().message());
  }
  return out;
}

Result<Outcome> analyse_apart(const Program& program, Policy policy) {
  int ends[2];
  if (pipe(ends) != 0) return Error(ErrorCode::kIo, "cannot make a pipe");
  const pid_t child = fork();
  if (child < 0) return Error(ErrorCode::kIo, "cannot make a process");
  if (child == 0) {
    const Outcome out = analyse(program, policy);
    const bool told = write(ends[1], &out, sizeof(out)) == sizeof(out);
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  Outcome out;
  const bool heard = read(ends[0], &out, sizeof(out)) == sizeof(out);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!heard) return Error(ErrorCode::kInternal, "the analysis ended its process");
  return out;
}

Status add_row(Table& table, nlohmann::ordered_json& rows, std::string_view name,
               const Program& program, const Options& options) {
  WEIR_TRY(const Outcome out, analyse_apart(program, options.policy));
  table.add({std::string(name), std::to_string(out.instructions), time_text(out.ns),
             time_text(out.ns / static_cast<double>(out.instructions)),
             fmt::format("{:.1f} MB", static_cast<double>(out.memory) / 1e6),
             out.accepted ? fmt::format("{}/{}", out.proven, out.accesses) : out.message});
  rows.push_back({{"name", name},
                  {"instructions", out.instructions},
                  {"ns", out.ns},
                  {"memory", out.memory},
                  {"accepted", out.accepted},
                  {"accesses", out.accesses},
                  {"proven", out.proven}});
  if (!out.accepted) return Error(ErrorCode::kInternal, fmt::format("{}: {}", name, out.message));
  if (options.policy == Policy::kStrict && out.proven != out.accesses)
    return Error(ErrorCode::kInternal, fmt::format("{} is accepted, but not proven", name));
  return {};
}

Status run(const Options& options) {
  Table table({"program", "instructions", "time", "an instruction", "memory", "proven"});
  auto rows = nlohmann::ordered_json::array();
  Options as_benched = options;
  as_benched.policy = Policy::kGuard;  // some want their checks
  for (const BenchProgram& small : programs()) {
    if (!options.only.empty() && small.name != options.only) continue;
    WEIR_TRY(const Program program, load_bpf(small));
    WEIR_CHECK(add_row(table, rows, small.name, program, as_benched));
  }
  table.add_line();
  for (const LargeProgram& large : large_programs()) {
    if (!options.only.empty() && large.name != options.only) continue;
    for (const size_t size : options.sizes) {
      WEIR_TRY(const Program program, large.make(size));
      WEIR_CHECK(add_row(table, rows, large.name, program, options));
    }
  }
  fmt::print("{}", table.text());
  if (options.json.empty()) return {};
  return write_json(options.json, {{"machine", machine_json(bench_facts())}, {"programs", rows}});
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir;
  bench::Options options;
  std::string policy = "guard";
  CLI::App app("How long the analysis takes, and how much memory");
  app.add_option("--sizes", options.sizes, "Instructions of the generated programs");
  app.add_option("--only", options.only, "One program");
  app.add_flag("--quick", options.quick, "Sizes up to 20,000");
  app.add_option("--policy", policy, "guard or strict")->check(CLI::IsMember({"guard", "strict"}));
  app.add_option("--json", options.json, "Write the numbers to a file");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) options.sizes = {1000, 20'000};
  options.policy = policy_from_name(policy).value_or(Policy::kGuard);
  const Status status = bench::run(options);
  if (status) return 0;
  fmt::print(stderr, "{}\n", status.error().to_string());
  return 1;
}
