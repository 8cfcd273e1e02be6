// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_bench_load: how long it takes from a key to a function that can be called, next to other
// ways to get one. README.md says how the numbers are made.
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "bench/generated_program.h"
#include "bench/loaders/loader.h"
#include "bench/programs.h"
#include "codegen/compiler.h"
#include "frontend/verifier/verifier.h"
#include "measure/report.h"
#include "runtime/native/native_object.h"

namespace weir::bench {
namespace {

struct Options {
  unsigned rounds = 1000;
  unsigned slow_every = 50;  // loaders that take milliseconds get one of so many rounds
  bool quick = false;
  std::string json;
};

// Programs of different size; names of programs.def, then random ones.
constexpr std::string_view kNames[] = {"ip_dst", "dissect", "dns_block", "siphash"};
constexpr size_t kGenerated[] = {1000, 5000};

std::vector<LoaderKind> loader_kinds() {
  return {cache_loader(), dlopen_loader(), interpreter_loader(), compile_loader(),
          jit_loader(),   signed_loader(), keyed_loader(),       reverify_loader()};
}

// A folder that is gone at the end.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::string path = (std::filesystem::temp_directory_path() / "weir_bench.XXXXXX").string();
    if (!mkdtemp(path.data())) return Error(ErrorCode::kIo, "cannot make a folder").in_file(path);
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct Timings {
  std::vector<double> total;
  std::vector<LoadStep> step_names;        // of the last load
  std::vector<std::vector<double>> steps;  // parallel
};

struct Row {
  std::string name;
  size_t instructions = 0;
  size_t object_bytes = 0;
  size_t code_bytes = 0;
  std::vector<Timings> timings;  // parallel to loader_kinds()
};

Result<LoadCase> make_case(std::string name, Program program, const std::string& folder) {
  LoadCase load_case{std::move(name), std::move(program), {}, {}, folder};
  load_case.options.context = context_from_section(load_case.program.section);
  WEIR_TRY(load_case.options.cpu, parse_cpu(kBaselineCpu));
  WEIR_TRY(const VerifiedProgram verified, verify(load_case.program, load_case.options));
  WEIR_TRY(load_case.object, compile_object({&verified, 1}));
  std::filesystem::create_directory(folder);
  return load_case;
}

// Every loader's program gives the interpreter's results.
Status check_results(const LoadCase& load_case, const std::vector<LoaderKind>& kinds,
                     const std::vector<std::unique_ptr<Loader>>& loaders, InputKind input_kind) {
  Inputs inputs(input_kind, 64);
  for (const auto& loader : loaders) WEIR_CHECK(loader->load());
  const size_t interpreter = 2;
  for (size_t i = 0; i < inputs.count(); ++i) {
    inputs.restore();
    const uint64_t expected = loaders[interpreter]->run(inputs.packet(i));
    for (size_t k = 0; k < kinds.size(); ++k) {
      inputs.restore();
      if (const uint64_t result = loaders[k]->run(inputs.packet(i)); result != expected) {
        return Error(ErrorCode::kInternal,
                     fmt::format("{}: loader {} gives {:#x} on packet {}, the interpreter {:#x}",
                                 load_case.name, kinds[k].name, result, i, expected));
      }
    }
  }
  for (const auto& loader : loaders) loader->unload();
  return {};
}

Result<Row> run_case(const LoadCase& load_case, InputKind inputs, const Options& options) {
  const std::vector<LoaderKind> kinds = loader_kinds();
  std::vector<std::unique_ptr<Loader>> loaders;
  for (const LoaderKind& kind : kinds) {
    WEIR_TRY(std::unique_ptr<Loader> loader, kind.prepare(load_case));
    loaders.push_back(std::move(loader));
  }
  WEIR_CHECK(check_results(load_case, kinds, loaders, inputs));

  WEIR_TRY(const NativeObject object, NativeObject::parse(load_case.object));
  Row row{load_case.name, load_case.program.insns.size(), load_case.object.size(),
          object.manifest().code_size, std::vector<Timings>(kinds.size())};
  for (unsigned round = 0; round < options.rounds; ++round) {
    for (size_t k = 0; k < kinds.size(); ++k) {
      if (kinds[k].slow && round % options.slow_every != 0) continue;
      const double start = now_ns();
      WEIR_CHECK(loaders[k]->load());
      const double end = now_ns();
      Timings& timings = row.timings[k];
      timings.total.push_back(end - start);
      timings.step_names = loaders[k]->steps();
      timings.steps.resize(timings.step_names.size());
      for (size_t s = 0; s < timings.steps.size(); ++s)
        timings.steps[s].push_back(timings.step_names[s].ns);
      loaders[k]->unload();
    }
  }
  return row;
}

std::string table_text(const std::vector<Row>& rows) {
  std::vector<std::string> titles = {"program", "eBPF\ninsns", "code\nbytes", "object\nbytes"};
  for (const LoaderKind& kind : loader_kinds()) titles.push_back(kind.name + "\nmedian (min..p90)");
  Table table(titles);
  table.add_line();
  for (const Row& row : rows) {
    std::vector<std::string> cells = {row.name, std::to_string(row.instructions),
                                      std::to_string(row.code_bytes),
                                      std::to_string(row.object_bytes)};
    for (const Timings& timings : row.timings) {
      const Distribution d = summarize(timings.total);
      cells.push_back(
          fmt::format("{} ({}..{})", time_text(d.median), time_text(d.min), time_text(d.p90)));
    }
    table.add(cells);
  }
  return table.text();
}

// Where the time goes: medians of the steps.
std::string steps_text(const std::vector<Row>& rows) {
  const std::vector<LoaderKind> kinds = loader_kinds();
  std::vector<std::string> titles = {"steps, median"};
  for (size_t k = 0; k < kinds.size(); ++k) {
    for (const LoadStep& step : rows.front().timings[k].step_names) {
      titles.push_back(kinds[k].name + "\n" + step.name);
    }
  }
  Table table(titles);
  table.add_line();
  for (const Row& row : rows) {
    std::vector<std::string> cells = {row.name};
    for (const Timings& timings : row.timings) {
      for (const std::vector<double>& step : timings.steps)
        cells.push_back(time_text(summarize(step).median));
    }
    table.add(cells);
  }
  return table.text();
}

nlohmann::ordered_json json_of(const Options& options, const std::vector<Row>& rows) {
  const std::vector<LoaderKind> kinds = loader_kinds();
  nlohmann::ordered_json json;
  json["machine"] = machine_json(bench_facts());
  json["rounds"] = options.rounds;
  for (const LoaderKind& kind : kinds)
    json["loaders"].push_back({{"name", kind.name}, {"how", kind.how}});
  for (const Row& row : rows) {
    nlohmann::ordered_json program = {{"name", row.name},
                                      {"instructions", row.instructions},
                                      {"code_bytes", row.code_bytes},
                                      {"object_bytes", row.object_bytes}};
    for (size_t k = 0; k < kinds.size(); ++k) {
      const Timings& timings = row.timings[k];
      nlohmann::ordered_json loader = {{"ns", to_json(summarize(timings.total))},
                                       {"first_ns", timings.total.front()},
                                       {"loads", timings.total.size()}};
      for (size_t s = 0; s < timings.steps.size(); ++s) {
        loader["steps_ns"][timings.step_names[s].name] = to_json(summarize(timings.steps[s]));
      }
      program["loaders"][kinds[k].name] = loader;
    }
    json["programs"].push_back(program);
  }
  return json;
}

Status run(const Options& options) {
  const std::string machine = machine_text(bench_facts());
  WEIR_TRY(const TemporaryFolder folder, TemporaryFolder::make());
  std::vector<Row> rows;
  auto add = [&](std::string name, Result<Program> program, InputKind inputs) -> Status {
    if (!program) return program.take_error();
    const std::string own = folder.path() + "/" + name;
    WEIR_TRY(const LoadCase load_case, make_case(std::move(name), std::move(*program), own));
    WEIR_TRY(Row row, run_case(load_case, inputs, options));
    rows.push_back(std::move(row));
    return {};
  };
  for (const BenchProgram& program : programs()) {
    if (std::ranges::find(kNames, program.name) == std::end(kNames)) continue;
    WEIR_CHECK(add(std::string(program.name), load_bpf(program), program.inputs));
  }
  for (const size_t instructions : kGenerated) {
    WEIR_CHECK(add(fmt::format("generated_{}", instructions), generated_program(instructions),
                   InputKind::kBytes64));
  }

  fmt::print("{}", machine);
  for (const LoaderKind& kind : loader_kinds()) fmt::print("{:<12}{}\n", kind.name, kind.how);
  fmt::print("\n{}\n{}\n", table_text(rows), steps_text(rows));
  fmt::print(
      "{} rounds in which the loaders alternate ({} for compile and jit), on a warm page cache; "
      "what each "
      "loaded was run on 64 packets\nand compared with the interpreter first. Objects for --cpu "
      "{}, -O2, "
      "guard.\n",
      options.rounds, (options.rounds + options.slow_every - 1) / options.slow_every, kBaselineCpu);
  if (options.quick) fmt::print("--quick: too few rounds to quote.\n");
  if (!options.json.empty()) WEIR_CHECK(write_json(options.json, json_of(options, rows)));
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  Options options;
  CLI::App app(
      "Measures how long it takes until a program can be called.\n"
      "Example: weir_bench_load --rounds 2000 --json load.json");
  app.add_option("--rounds", options.rounds, "loads of each kind")->check(CLI::Range(1, 1000000));
  app.add_flag("--quick", options.quick, "a few rounds: a test that everything runs");
  app.add_option("--json", options.json, "also write everything to this file");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) options.rounds = options.slow_every = 4;
  if (auto done = run(options); !done) {
    fmt::print(stderr, "{}\n", done.error().to_string());
    return 1;
  }
  return 0;
}
