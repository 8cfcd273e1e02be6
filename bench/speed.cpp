// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_bench_speed: steady speed of weir's engines against the same C compiled by clang. README.md
// says how the numbers are made.
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/speed_report.h"
#include "measure/report.h"

namespace weir::bench {
namespace {

struct Options {
  std::vector<std::string> programs;
  std::vector<std::string> contenders;
  std::string json;
  Plan plan;
  bool quick = false;
};

template <class T>
bool wanted(const std::vector<std::string>& names, const T& name) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

Result<Row> run_program(const BenchProgram& program, const Contender& reference,
                        const std::vector<Contender>& contenders, const Plan& plan) {
  auto named = [&](const Contender& contender, const Error& error) {
    return Error(error.code(), fmt::format("{}: {}", contender.name, error.to_string()))
        .in_program(program.name);
  };
  auto base = reference.prepare(program);
  if (!base) return named(reference, base.error());
  Row row{.program = &program,
          .measured = {},
          .ratios = std::vector<std::optional<Distribution>>(contenders.size()),
          .remarks = std::vector<std::string>(contenders.size())};
  std::vector<Prepared> prepared;
  std::vector<Contestant> contestants;
  std::vector<size_t> who;  // parallel: index of the contender
  for (size_t c = 0; c < contenders.size(); ++c) {
    auto made = contenders[c].prepare(program);
    if (!made && !contenders[c].may_refuse) return named(contenders[c], made.error());
    row.remarks[c] = made ? made->remark : made.error().message();
    if (!made) continue;
    contestants.push_back({contenders[c].name, made->runner.get()});
    prepared.push_back(std::move(*made));
    who.push_back(c);
  }
  const Workload workload{.name = std::string(program.name),
                          .fresh = program.state == State::kFresh,
                          .uniform = program.set == Set::kFloor};
  Inputs inputs(program.inputs, plan.packets);
  WEIR_TRY(row.measured,
           alternate(workload, inputs, {reference.name, base->runner.get()}, contestants, plan));
  for (size_t i = 0; i < who.size(); ++i) row.ratios[who[i]] = row.measured.ratios[i];
  row.measured.ratios.clear();
  return row;
}

Status run(const Options& options) {
  Report report{.reference = native_o2(), .rounds = options.plan.rounds};
  for (Contender& contender : all_contenders()) {
    if (!wanted(options.contenders, contender.name)) continue;
    if (contender.available) {
      if (const Status available = contender.available(); !available) {
        report.absent.push_back(contender.name + ": " + available.error().message());
        continue;
      }
    }
    report.contenders.push_back(std::move(contender));
  }
  for (const BenchProgram& program : programs()) {
    if (!wanted(options.programs, program.name)) continue;
    fmt::print(stderr, "\r{:<30}", program.name);
    WEIR_TRY(Row row, run_program(program, report.reference, report.contenders, options.plan));
    report.rows.push_back(std::move(row));
  }
  fmt::print(stderr, "\r{:<30}\r", "");
  fmt::print("{}", to_text(report));
  if (options.quick) fmt::print("--quick: too few rounds to quote.\n");
  if (!options.json.empty()) WEIR_CHECK(write_json(options.json, to_json(report)));
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  Options options;
  CLI::App app(
      "Measures weir's engines against the same C compiled by clang -O2.\n"
      "Example: weir_bench_speed --programs siphash,jhash --json speed.json");
  std::vector<std::string> program_names, contender_names;
  for (const BenchProgram& program : programs()) program_names.emplace_back(program.name);
  for (const Contender& contender : all_contenders()) contender_names.push_back(contender.name);
  app.add_option("--programs", options.programs, "only these, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(program_names));
  app.add_option("--contenders", options.contenders, "only these, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(contender_names));
  app.add_option("--rounds", options.plan.rounds, "timings of each contender")
      ->check(CLI::Range(1, 100000));
  app.add_flag("--quick", options.quick,
               "3 short rounds on few packets: a test that everything runs");
  app.add_option("--json", options.json, "also write everything to this file");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) {
    options.plan.rounds = 3;
    options.plan.batch_ns = 2'000;
    options.plan.packets = 24;
  }
  if (auto done = run(options); !done) {
    fmt::print(stderr, "{}\n", done.error().to_string());
    return 1;
  }
  return 0;
}
