// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_bench_speed: steady speed of weir's engines against the same C compiled by clang. README.md
// says how the numbers are made.
#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/contenders/contender.h"
#include "measure/alternate.h"
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

struct Row {
  const BenchProgram* program;
  Measurement measured;
};

template <class T>
bool wanted(const std::vector<std::string>& names, const T& name) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

// Geometric mean of a contender's medians over the programs of a set, or of both.
double mean_ratio(const std::vector<Row>& results, std::optional<Set> set, size_t contender) {
  std::vector<double> ratios;
  for (const Row& result : results) {
    const Set own = result.program->set;
    if (own == Set::kFloor || (set && own != *set)) continue;
    ratios.push_back(result.measured.ratios[contender].median);
  }
  return ratios.empty() ? 0 : geometric_mean(ratios);
}

std::string table_text(const std::vector<Contender>& contenders, const std::vector<Row>& results) {
  std::vector<std::string> titles = {"time / clang -O2", "clang\n-O2\nns/run"};
  for (const Contender& contender : contenders) titles.push_back(contender.title);
  Table table(titles);
  for (const Set set : {Set::kFloor, Set::kTuned, Set::kHeldOut}) {
    size_t shown = 0;
    for (const Row& result : results) {
      if (result.program->set != set) continue;
      if (shown++ == 0) table.add_line();
      std::vector<std::string> row = {std::string(result.program->name),
                                      fmt::format("{:.2f}", result.measured.reference_ns.median)};
      for (const Distribution& ratio : result.measured.ratios) {
        row.push_back(fmt::format("{} ±{:>2.0f}%", ratio_text(ratio.median), 100 * ratio.spread()));
      }
      table.add(row);
    }
  }
  table.add_line();
  auto add_mean = [&](const std::string& title, std::optional<Set> set) {
    size_t programs = 0;
    for (const Row& result : results) {
      programs += result.program->set != Set::kFloor && (!set || result.program->set == *set);
    }
    if (programs == 0) return;
    std::vector<std::string> row = {fmt::format("mean, {} {}", programs, title), ""};
    for (size_t c = 0; c < contenders.size(); ++c) {
      row.push_back(ratio_text(mean_ratio(results, set, c)) + "     ");
    }
    table.add(row);
  };
  add_mean("tuned", Set::kTuned);
  add_mean("held out", Set::kHeldOut);
  add_mean("programs", {});
  return table.text();
}

nlohmann::ordered_json json_of(const Options& options, const Contender& reference,
                               const std::vector<Contender>& contenders,
                               const std::vector<Row>& results) {
  nlohmann::ordered_json json;
  json["machine"] = machine_json(bench_facts());
  json["rounds"] = options.plan.rounds;
  json["reference"] = {{"name", reference.name}, {"how", reference.how}};
  for (size_t c = 0; c < contenders.size(); ++c) {
    nlohmann::ordered_json means;
    for (const Set set : {Set::kTuned, Set::kHeldOut}) {
      if (const double mean = mean_ratio(results, set, c); mean > 0) means[set_name(set)] = mean;
    }
    if (const double mean = mean_ratio(results, {}, c); mean > 0) means["all"] = mean;
    json["contenders"].push_back(
        {{"name", contenders[c].name}, {"how", contenders[c].how}, {"geometric_mean", means}});
  }
  for (const Row& result : results) {
    const Measurement& measured = result.measured;
    nlohmann::ordered_json program = {
        {"name", result.program->name},         {"source", result.program->source},
        {"set", set_name(result.program->set)}, {"inputs", input_text(result.program->inputs)},
        {"packets", measured.packets},          {"runs_in_a_batch", measured.runs},
        {"interrupted", measured.interrupted},  {"reference_ns", to_json(measured.reference_ns)}};
    for (size_t c = 0; c < contenders.size(); ++c) {
      program["ratios"][contenders[c].name] = to_json(measured.ratios[c]);
    }
    json["programs"].push_back(program);
  }
  return json;
}

Result<Row> run_program(const BenchProgram& program, const Contender& reference,
                        const std::vector<Contender>& contenders, const Plan& plan) {
  auto named = [&](const Contender& contender, Result<std::unique_ptr<Runner>> made) {
    if (made) return made;
    return Result<std::unique_ptr<Runner>>(
        Error(made.error().code(), fmt::format("{}: {}", contender.name, made.error().to_string()))
            .in_program(program.name));
  };
  WEIR_TRY(const std::unique_ptr<Runner> base, named(reference, reference.prepare(program)));
  std::vector<std::unique_ptr<Runner>> runners;
  for (const Contender& contender : contenders) {
    WEIR_TRY(std::unique_ptr<Runner> runner, named(contender, contender.prepare(program)));
    runners.push_back(std::move(runner));
  }
  std::vector<Contestant> contestants;
  for (size_t c = 0; c < runners.size(); ++c)
    contestants.push_back({contenders[c].name, runners[c].get()});
  const Workload workload{.name = std::string(program.name),
                          .fresh = program.state == State::kFresh,
                          .uniform = program.set == Set::kFloor};
  Inputs inputs(program.inputs, plan.packets);
  WEIR_TRY(Measurement measured,
           alternate(workload, inputs, {reference.name, base.get()}, contestants, plan));
  return Row{&program, std::move(measured)};
}

Status run(const Options& options) {
  const Contender reference = native_o2();
  std::vector<Contender> contenders;
  for (Contender& contender : all_contenders()) {
    if (wanted(options.contenders, contender.name)) contenders.push_back(std::move(contender));
  }
  const std::string machine = machine_text(bench_facts());
  std::vector<Row> results;
  unsigned interrupted = 0;
  for (const BenchProgram& program : programs()) {
    if (!wanted(options.programs, program.name)) continue;
    fmt::print(stderr, "\r{:<30}", program.name);
    WEIR_TRY(Row result, run_program(program, reference, contenders, options.plan));
    interrupted += result.measured.interrupted;
    results.push_back(std::move(result));
  }
  fmt::print(stderr, "\r{:<30}\r", "");

  fmt::print("{}", machine);
  fmt::print("{:<8}{}\n", "-O2", reference.how);
  for (const Contender& contender : contenders)
    fmt::print("{:<20}{}\n", contender.name, contender.how);
  fmt::print("\n{}\n", table_text(contenders, results));
  fmt::print(
      "Median of {} paired ratios, ± half of the way from the 10th to the 90th percentile; means "
      "are "
      "geometric.\nEvery result, and the packet after it, was compared with clang -O2's before "
      "timing, "
      "and every timed batch by its sum.\n{} timings were repeated because another process took "
      "the "
      "CPU.\n",
      options.plan.rounds, interrupted);
  if (options.quick) fmt::print("--quick: too few rounds to quote.\n");
  if (!options.json.empty()) {
    WEIR_CHECK(write_json(options.json, json_of(options, reference, contenders, results)));
  }
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
