// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a lookup costs: in code that weir compiled, in the same C with the map inlined by clang, in
// C that calls the lookup, and in the kernel. All take turns in one process; a figure is the median
// of the ratios to the inlined C of the same round.
#include <fmt/format.h>
#include <linux/bpf.h>
#include <CLI/CLI.hpp>
#include <barrier>
#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>

#include "bench/maps/kernel.h"
#include "bench/maps/native.h"
#include "bench/programs.h"
#include "codegen/compiler.h"
#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "frontend/verifier/verifier.h"
#include "measure/distribution.h"
#include "measure/report.h"
#include "runtime/engine/helper_table.h"
#include "runtime/engine/map_set.h"
#include "runtime/hooks/packet_buffer.h"
#include "runtime/maps/map_ops.h"
#include "runtime/native/native_object.h"

namespace weir::bench {

using namespace measure;
namespace {

constexpr unsigned kLookups = 1024, kEntries = 1024;

struct Case {
  const char* name;
  uint32_t type, key_bytes;
  unsigned long long (*inlined)(const MapBenchArguments*);
  unsigned long long (*called)(const MapBenchArguments*);
};
constexpr Case kCases[] = {
#define WEIR_MAP_BENCH(name, type, key_bytes, flags) \
  {#name, type, key_bytes, map_inlined_##name, map_called_##name},
#include "bench/maps/cases.def"
#undef WEIR_MAP_BENCH
};

// Of this thread alone: what others do on the machine takes nothing from it.
double now_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

std::vector<uint32_t> key_of(const Case& map_case, uint32_t index) {
  std::vector<uint32_t> key(map_case.key_bytes / 4);
  if (map_case.type == BPF_MAP_TYPE_LPM_TRIE) {
    key.front() = 32;
    key.back() = index;
  } else {
    key.front() = index;
  }
  return key;
}

// The program on weir: code, maps and the contexts of each thread.
class Weir {
 public:
  static Result<std::unique_ptr<Weir>> make(const std::string& path) {
    auto weir = std::make_unique<Weir>();
    std::ifstream in(path, std::ios::binary);
    const std::vector<uint8_t> file{std::istreambuf_iterator<char>(in), {}};
    WEIR_TRY(const ObjectFile object, read_elf(file, path));
    WEIR_TRY(Program program, link_program(object, *object.programs().at(0)));
    WEIR_TRY(weir->maps_, MapSet::create(program.maps));
    CompileOptions options;
    options.context = context_from_section(program.section);
    options.helpers = default_helpers(options.context);
    WEIR_TRY(options.cpu, parse_cpu("x86-64"));
    WEIR_TRY(const VerifiedProgram verified, verify(std::move(program), options));
    WEIR_TRY(std::vector<uint8_t> bytes, compile_object({&verified, 1}));
    WEIR_TRY(const NativeObject native, NativeObject::parse(std::move(bytes)));
    WEIR_TRY(weir->image_, Image::map_trusted(native));
    for (uint32_t cpu = 0; cpu < std::size(weir->threads_); ++cpu) {
      Thread& thread = weir->threads_[cpu];
      WEIR_CHECK(describe_frame(ContextKind::kXdp, thread.frame, thread.packet));
      thread.context.helpers = helper_table(HelperSet::kKernel);
      weir->maps_.attach(thread.context);
      thread.context.cpu = cpu;
    }
    return weir;
  }

  // As a worker of a host does it: a thread's context and packet are made once, and each run only
  // starts anew.
  uint64_t run(uint32_t cpu) {
    Thread& thread = threads_[cpu];
    begin_run(thread.context, kDefaultBudget);
    return image_->entry(0)(&thread.context, &thread.packet, 0);
  }
  Map* map() const { return maps_.find("table"); }

 private:
  struct Thread {
    uint8_t frame[64] = {};
    PacketContext packet;
    ExecContext context;
  };

  MapSet maps_;
  std::shared_ptr<const Image> image_;
  Thread threads_[2];
};

struct Options {
  unsigned rounds = 31, batch = 50;
  bool quick = false;
  std::string json;
};

struct Row {
  const char* name;
  Distribution inlined_ns;                                     // of one lookup
  std::optional<Distribution> called, weir, weir_two, kernel;  // ratios
};

// Nanoseconds of a lookup, where `threads` threads at once do `batch` runs each.
template <typename Run>
double time_of(unsigned threads, unsigned batch, const Run& run) {
  std::barrier start(static_cast<ptrdiff_t>(threads));
  std::vector<double> taken(threads);
  auto body = [&](unsigned thread) {
    start.arrive_and_wait();
    const double begin = now_ns();
    for (unsigned i = 0; i < batch; ++i) run(thread);
    taken[thread] = now_ns() - begin;
  };
  std::vector<std::jthread> others;
  for (unsigned thread = 1; thread < threads; ++thread) others.emplace_back(body, thread);
  body(0);
  others.clear();
  return *std::ranges::max_element(taken) / batch / kLookups;
}

Result<Row> run_case(const Case& map_case, const Options& options) {
  const std::string object = std::string(WEIR_MAP_BENCH_OBJECTS) + "/" + map_case.name + ".bpf.o";
  WEIR_TRY(const std::unique_ptr<Weir> weir, Weir::make(object));
  auto kernel = KernelRun::load(object);
  for (uint32_t i = 0; i < kEntries; ++i) {
    const std::vector<uint32_t> key = key_of(map_case, i);
    const uint64_t value = 3 * i + 1;
    for (uint32_t cpu = 0; cpu < 2; ++cpu) {
      if (map_update(weir->map(), key.data(), &value, BPF_ANY, cpu) != 0)
        return Error(ErrorCode::kInternal,
                     fmt::format("{}: the map takes no entry", map_case.name));
    }
    if (kernel) WEIR_CHECK((*kernel)->update(key.data(), value));
  }
  MapBenchArguments arguments[2];
  for (uint32_t cpu = 0; cpu < 2; ++cpu) arguments[cpu] = {weir->map(), cpu, map_lookup};

  // All agree before anything is timed.
  const uint64_t expected = map_case.inlined(&arguments[0]);
  if (map_case.called(&arguments[0]) != expected || weir->run(0) != expected || expected == 0)
    return Error(ErrorCode::kInternal, fmt::format("{}: the results differ", map_case.name));
  uint32_t result = 0;
  if (kernel) {
    WEIR_TRY([[maybe_unused]] const double ns, (*kernel)->run(1, &result));
    if (result != static_cast<uint32_t>(expected))
      return Error(ErrorCode::kInternal,
                   fmt::format("{}: the kernel's result differs", map_case.name));
  }

  volatile uint64_t sink = 0;
  auto inlined = [&](unsigned t) { sink = sink + map_case.inlined(&arguments[t]); };
  auto called = [&](unsigned t) { sink = sink + map_case.called(&arguments[t]); };
  auto compiled = [&](unsigned t) { sink = sink + weir->run(t); };
  std::vector<double> base, by_call, by_weir, by_two, by_kernel;
  for (unsigned round = 0; round < options.rounds; ++round) {
    const double before = time_of(1, options.batch, inlined);
    const double w = time_of(1, options.batch, compiled);
    const double c = time_of(1, options.batch, called);
    const double after = time_of(1, options.batch, inlined);
    const double reference = (before + after) / 2;
    const double two = time_of(2, options.batch, inlined);
    const double weir_two = time_of(2, options.batch, compiled);
    base.push_back(reference);
    by_weir.push_back(w / reference);
    by_call.push_back(c / reference);
    by_two.push_back(weir_two / two);
    if (kernel) {
      // More of them, so that what the system call takes beside them is little.
      const unsigned batch = options.batch * 20;
      const double begin = now_ns();
      WEIR_CHECK((*kernel)->run(batch, &result));
      by_kernel.push_back((now_ns() - begin) / batch / kLookups / reference);
    }
  }
  Row row{.name = map_case.name, .inlined_ns = summarize(base)};
  row.called = summarize(by_call);
  row.weir = summarize(by_weir);
  row.weir_two = summarize(by_two);
  if (kernel) row.kernel = summarize(by_kernel);
  return row;
}

std::string cell(const std::optional<Distribution>& d) {
  return d ? fmt::format("{} ±{:.0f}%", ratio_text(d->median), d->spread() * 100) : "-";
}

Status run(const Options& options) {
  fmt::print("{}\n", machine_text(bench_facts()));
  Table table({"lookup / C inlined", "C inlined\nns/lookup", "weir AOT", "weir AOT\n2 threads",
               "C with\ncalls", "kernel"});
  table.add_line();
  nlohmann::ordered_json json = {{"machine", machine_json(bench_facts())},
                                 {"maps", nlohmann::json::array()}};
  std::vector<double> all;
  for (const Case& map_case : kCases) {
    WEIR_TRY(const Row row, run_case(map_case, options));
    table.add({row.name, fmt::format("{:.2f}", row.inlined_ns.median), cell(row.weir),
               cell(row.weir_two), cell(row.called), cell(row.kernel)});
    nlohmann::ordered_json entry = {{"name", row.name},
                                    {"inlined_ns", to_json(row.inlined_ns)},
                                    {"weir", to_json(*row.weir)},
                                    {"weir_two_threads", to_json(*row.weir_two)},
                                    {"called", to_json(*row.called)}};
    if (row.kernel) entry["kernel"] = to_json(*row.kernel);
    json["maps"].push_back(std::move(entry));
    all.push_back(row.weir->median);
  }
  table.add_line();
  table.add(
      {fmt::format("mean, {} maps", all.size()), "", ratio_text(geometric_mean(all)), "", "", ""});
  fmt::print(
      "{}\nMedian of {} ratios, ± half of the way from the 10th to the 90th percentile. Results "
      "were compared before timing.\n",
      table.text(), options.rounds);
  return options.json.empty() ? Status() : write_json(options.json, json);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app(
      "Measures lookups in maps: weir's code against the same C with the map inlined by clang,\n"
      "with calls, and against the kernel's maps (needs CAP_BPF, else left out).");
  app.add_option("--rounds", options.rounds, "timings of each contender")
      ->check(CLI::Range(1, 100000));
  app.add_flag("--quick", options.quick, "2 short rounds: a test that everything runs");
  app.add_option("--json", options.json, "also write everything to this file");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) options.rounds = 2, options.batch = 2;
  if (weir::Status status = weir::bench::run(options); !status) {
    fmt::print(stderr, "{}\n", status.error().to_string());
    return 1;
  }
}
