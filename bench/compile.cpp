// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What compiling costs: weir, from the ELF file to the native object, next to LLVM's own tools on
// the same IR (opt -O2, then llc -O2). Each is a process of its own, which says what it took of the
// processor and of memory; all link the same libLLVM.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "bench/generated_program.h"
#include "bench/programs.h"
#include "codegen/compiler.h"
#include "frontend/verifier/verifier.h"
#include "measure/report.h"

namespace weir::bench {
namespace {

constexpr std::string_view kGenerated = "generated_";

struct Options {
  std::vector<std::string> programs;
  unsigned rounds = 7;
  bool quick = false;
  std::string json;
  std::string child;  // compile this one and end
};

Result<VerifiedProgram> verified_program(const std::string& name) {
  auto find = [&]() -> Result<Program> {
    if (name.starts_with(kGenerated)) {
      size_t instructions = 0;
      const char* end = name.data() + name.size();
      const auto read = std::from_chars(name.data() + kGenerated.size(), end, instructions);
      if (read.ec == std::errc() && read.ptr == end && instructions <= 100'000)
        return generated_program(instructions);
    }
    for (const BenchProgram& program : programs()) {
      if (program.name == name) return load_bpf(program);
    }
    return Error(ErrorCode::kNotFound, "no program " + name);
  };
  WEIR_TRY(Program program, find());
  CompileOptions options;
  options.context = context_from_section(program.section);
  options.helpers = default_helpers(options.context);
  options.opt_level = 2;
  WEIR_TRY(options.cpu, parse_cpu("x86-64"));
  return verify(std::move(program), options);
}

// What a process, or two one after the other, took.
struct Cost {
  double ns = 0;        // of the processor, in user and kernel
  uint64_t memory = 0;  // bytes, at most
};

Result<Cost> run_process(const std::vector<std::string>& command) {
  const pid_t child = fork();
  if (child < 0) return Error(ErrorCode::kIo, "cannot make a process");
  if (child == 0) {
    std::vector<char*> arguments;
    for (const std::string& argument : command)
      arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Error(ErrorCode::kInternal, command[0] + " failed");
  auto ns = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_usec) * 1e3;
  };
  return Cost{ns(usage.ru_utime) + ns(usage.ru_stime),
              static_cast<uint64_t>(usage.ru_maxrss) * 1024};
}

struct Row {
  std::string name;
  size_t instructions = 0;
  Distribution weir_ns, llvm_ns, time_ratio, memory_ratio;
  uint64_t weir_memory = 0, llvm_memory = 0;  // the largest of all rounds
};

// A folder of its own for the files between opt and llc, gone at the end.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "weir-bench-XXXXXX").string()) {
    made_ = mkdtemp(path_.data()) != nullptr;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (made_) std::filesystem::remove_all(path_, ignored);
  }
  bool made() const { return made_; }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  bool made_ = false;
};

Result<Row> run_program(const std::string& name, const Options& options, const Folder& folder) {
  WEIR_TRY(const VerifiedProgram verified, verified_program(name));
  WEIR_TRY(const std::vector<uint8_t> bitcode, lifted_bitcode(verified));
  {
    std::ofstream file(folder.file("lifted.bc"), std::ios::binary);
    file.write(reinterpret_cast<const char*>(bitcode.data()),
               static_cast<std::streamsize>(bitcode.size()));
    file.close();
    if (!file) return Error(ErrorCode::kIo, "cannot write").in_file(folder.file("lifted.bc"));
  }
  const std::vector<std::string> weir = {"/proc/self/exe", "--child", name};
  const std::vector<std::string> opt = {WEIR_BENCH_OPT, "-O2", folder.file("lifted.bc"), "-o",
                                        folder.file("optimized.bc")};
  const std::vector<std::string> llc = {WEIR_BENCH_LLC,
                                        "-O2",
                                        "-filetype=obj",
                                        "-relocation-model=pic",
                                        folder.file("optimized.bc"),
                                        "-o",
                                        folder.file("object.o")};
  Row row{.name = name, .instructions = verified.program().insns.size()};
  std::vector<double> weir_ns, llvm_ns, time_ratios, memory_ratios;
  for (unsigned round = 0; round < options.rounds; ++round) {
    WEIR_TRY(const Cost first, run_process(weir));
    WEIR_TRY(const Cost optimize, run_process(opt));
    WEIR_TRY(const Cost emit, run_process(llc));
    WEIR_TRY(const Cost second, run_process(weir));
    const double own = (first.ns + second.ns) / 2, other = optimize.ns + emit.ns;
    const uint64_t own_memory = std::max(first.memory, second.memory);
    const uint64_t other_memory = std::max(optimize.memory, emit.memory);
    weir_ns.push_back(own);
    llvm_ns.push_back(other);
    time_ratios.push_back(own / other);
    memory_ratios.push_back(static_cast<double>(own_memory) / static_cast<double>(other_memory));
    row.weir_memory = std::max(row.weir_memory, own_memory);
    row.llvm_memory = std::max(row.llvm_memory, other_memory);
  }
  row.weir_ns = summarize(std::move(weir_ns));
  row.llvm_ns = summarize(std::move(llvm_ns));
  row.time_ratio = summarize(std::move(time_ratios));
  row.memory_ratio = summarize(std::move(memory_ratios));
  return row;
}

std::string memory_text(uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string ratio_cell(const Distribution& ratio) {
  return fmt::format("{} ±{:>2.0f}%", ratio_text(ratio.median), 100 * ratio.spread());
}

// Of medians, what is above those of the first row, which has one instruction or two; none where
// that is less than what chance makes of it.
std::optional<double> beyond(const Distribution& cost, const Distribution& floor) {
  const double above = cost.median - floor.median;
  return above > floor.median / 5 ? std::optional(above) : std::nullopt;
}

Status run(const Options& options) {
  std::vector<std::string> names = options.programs;
  if (names.empty() && options.quick) names = {"firewall", "nat"};
  if (names.empty()) {
    for (const BenchProgram& program : programs()) {
      if (program.set != Set::kFloor) names.emplace_back(program.name);
    }
    for (const char* size : {"1000", "5000"}) names.push_back(std::string(kGenerated) + size);
  }
  names.insert(names.begin(), "empty");
  const Folder folder;
  if (!folder.made()) return Error(ErrorCode::kIo, "cannot make a folder for files");
  std::vector<Row> rows;
  for (const std::string& name : names) {
    fmt::print(stderr, "\r{:<30}", name);
    WEIR_TRY(Row row, run_program(name, options, folder));
    rows.push_back(std::move(row));
  }
  fmt::print(stderr, "\r{:<30}\r", "");

  Table table({"weir / opt and llc", "instruc-\ntions", "weir", "opt, llc", "time",
               "weir\nper 1,000", "time above\nempty's", "weir\nmemory", "opt, llc\nmemory",
               "memory"});
  nlohmann::ordered_json json = {{"machine", machine_json(bench_facts())},
                                 {"rounds", options.rounds},
                                 {"programs", nlohmann::json::array()}};
  const Row floor = rows.front();
  std::vector<double> times, above, memories;
  for (const Row& row : rows) {
    const bool is_floor = &row == &rows.front();
    if (is_floor || times.empty()) table.add_line();
    const std::optional<double> own = beyond(row.weir_ns, floor.weir_ns);
    const std::optional<double> other = beyond(row.llvm_ns, floor.llvm_ns);
    const double thousands = static_cast<double>(row.instructions) / 1000;
    table.add({row.name, std::to_string(row.instructions), time_text(row.weir_ns.median),
               time_text(row.llvm_ns.median), ratio_cell(row.time_ratio),
               own ? time_text(*own / thousands) : "",
               own && other ? ratio_text(*own / *other) : "", memory_text(row.weir_memory),
               memory_text(row.llvm_memory), ratio_cell(row.memory_ratio)});
    json["programs"].push_back({{"name", row.name},
                                {"instructions", row.instructions},
                                {"weir_ns", to_json(row.weir_ns)},
                                {"llvm_ns", to_json(row.llvm_ns)},
                                {"time_ratio", to_json(row.time_ratio)},
                                {"memory_ratio", to_json(row.memory_ratio)},
                                {"weir_memory", row.weir_memory},
                                {"llvm_memory", row.llvm_memory}});
    if (is_floor) continue;
    times.push_back(row.time_ratio.median);
    if (own && other) above.push_back(*own / *other);
    memories.push_back(row.memory_ratio.median);
  }
  table.add_line();
  table.add({fmt::format("mean, {} programs", times.size()), "", "", "",
             ratio_text(geometric_mean(times)) + "     ", "",
             above.empty() ? "" : ratio_text(geometric_mean(above)), "", "",
             ratio_text(geometric_mean(memories)) + "     "});
  json["geometric_mean"] = {{"time", geometric_mean(times)},
                            {"time_above_empty", above.empty() ? 0 : geometric_mean(above)},
                            {"memory", geometric_mean(memories)}};
  fmt::print("{}\n{}\n", machine_text(bench_facts()), table.text());
  fmt::print(
      "weir: read, verify, lift, optimise, emit, link (-O2 --cpu x86-64 --policy "
      "guard); " WEIR_BENCH_OPT " -O2\nand then " WEIR_BENCH_LLC
      " -O2 on the bitcode that weir's optimiser is given. Whole processes, time of the\n"
      "processor: median of {} rounds, ± half of the way from the 10th to the 90th percentile. "
      "Above empty's:\nwithout what a process takes for the program `empty`. Memory: the largest "
      "resident set, of opt and llc\nthe larger one.\n",
      options.rounds);
  if (options.quick) fmt::print("--quick: too few rounds to quote.\n");
  return options.json.empty() ? Status() : write_json(options.json, json);
}

// What is measured: in a process of its own.
Status compile_one(const std::string& name) {
  WEIR_TRY(const VerifiedProgram verified, verified_program(name));
  WEIR_TRY(const std::vector<uint8_t> object, compile_object({&verified, 1}));
  return object.empty() ? Status(Error(ErrorCode::kInternal, "an empty object")) : Status();
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  Options options;
  CLI::App app(
      "Measures what compiling takes, of the processor and of memory: weir next to opt -O2 and llc "
      "on\n"
      "the same IR.\nExample: weir_bench_compile --programs firewall,generated_5000 --json "
      "compile.json");
  app.add_option("--programs", options.programs,
                 "only these of programs.def, or generated_N with about N instructions")
      ->delimiter(',');
  app.add_option("--rounds", options.rounds, "compilations by each, weir's twice")
      ->check(CLI::Range(1, 1000));
  app.add_flag("--quick", options.quick, "one round of a few: a test that everything runs");
  app.add_option("--json", options.json, "also write everything to this file");
  app.add_option("--child", options.child, "compile this program and end: what is measured");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) options.rounds = 1;
  auto done = options.child.empty() ? run(options) : compile_one(options.child);
  if (!done) {
    fmt::print(stderr, "{}\n", done.error().to_string());
    return 1;
  }
  return 0;
}
