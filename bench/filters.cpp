// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_bench_filters: many filters in one process. What each takes in memory, how long it takes to
// add one and to change its program while another thread runs packets through them, and what a
// filter adds to a run of its program.
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/programs.h"
#include "codegen/compiler.h"
#include "frontend/verifier/verifier.h"
#include "measure/distribution.h"
#include "measure/report.h"
#include "runtime/engine/helper_table.h"
#include "runtime/hooks/filter.h"
#include "runtime/hooks/packet_buffer.h"

namespace weir::bench {
namespace {

constexpr size_t kFrameBytes = 64, kRoom = 256;

double now_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Memory that only this process has: shared libraries do not count, pages that nobody touched
// neither.
double private_bytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  double kib = 0;
  for (std::string word; file >> word;) {
    if (word != "Private_Clean:" && word != "Private_Dirty:") continue;
    double value = 0;
    file >> value;
    kib += value;
  }
  return kib * 1024;
}

// The file's programs compiled into a native object, as `weir compile -o` does it.
Result<ProgramFile> compile(const std::string& path) {
  WEIR_TRY(const ProgramFile source, ProgramFile::read(path));
  std::vector<VerifiedProgram> programs;
  for (size_t i = 0; i < source.programs().size(); ++i) {
    WEIR_TRY(Program program, source.program(i));
    CompileOptions options;
    options.cpu = host_cpu();
    options.context = context_from_section(program.section);
    options.helpers = default_helpers(options.context);
    WEIR_TRY(VerifiedProgram verified, verify(program, options));
    programs.push_back(std::move(verified));
  }
  WEIR_TRY(std::vector<uint8_t> bytes, compile_object(programs));
  return ProgramFile::parse(std::move(bytes), path);
}

// An Ethernet frame of IPv4 and TCP, with room around it.
struct Frame {
  std::array<uint8_t, kRoom + kFrameBytes + kRoom> bytes{};
  Frame() {
    uint8_t* const frame = bytes.data() + kRoom;
    frame[12] = 0x08;
    frame[14] = 0x45;
    frame[17] = kFrameBytes - 14;
    frame[23] = 6;
  }
  weir::Packet packet() {
    return {.data = bytes.data() + kRoom,
            .size = kFrameBytes,
            .headroom = kRoom,
            .tailroom = kRoom,
            .ifindex = 1};
  }
};

struct Row {
  std::string name, value;
};

class Bench {
 public:
  Bench(const ProgramFile& file, size_t filters, size_t rounds)
      : file_(file), count_(filters), rounds_(rounds) {}

  Status run() {
    WEIR_TRY(worker_, Worker::open(host_));
    WEIR_CHECK(add());
    WEIR_CHECK(swap());
    WEIR_CHECK(cost());
    return {};
  }

  std::vector<Row> rows;
  nlohmann::ordered_json json;

 private:
  void tell(const std::string& name, const std::string& value, double number) {
    rows.push_back({name, value});
    json[name] = number;
  }
  void tell_time(const std::string& name, std::vector<double> values) {
    const Distribution d = summarize(std::move(values));
    rows.push_back({name, fmt::format("{} ({} to {})", time_text(d.median), time_text(d.p10),
                                      time_text(d.p90))});
    json[name] = to_json(d);
  }

  Status add_one() {
    filters_.push_back(std::make_unique<Filter>(host_, FilterOptions{.on_trap = OnError::kDrop}));
    WEIR_TRY(auto instance, host_.load(file_, {}));
    WEIR_TRY(const uint32_t link, filters_.back()->attach({.program = std::move(instance)}));
    links_.push_back(link);
    // Its counters exist from the first packet on.
    Frame frame;
    weir::Packet packet = frame.packet();
    filters_.back()->run(*worker_, {&packet, 1});
    return {};
  }

  Status add() {
    const double start = now_ns();
    WEIR_CHECK(add_one());
    tell("first filter", time_text(now_ns() - start), now_ns() - start);
    std::vector<double> times;
    const double before = private_bytes();
    while (filters_.size() < count_) {
      const double begin = now_ns();
      WEIR_CHECK(add_one());
      times.push_back(now_ns() - begin);
    }
    const double each = (private_bytes() - before) / static_cast<double>(count_ - 1);
    tell_time("each further filter", std::move(times));
    tell("memory of each", fmt::format("{:.1f} KiB", each / 1024), each);
    tell("pieces of code in memory", fmt::format("{}", host_.code_count()),
         static_cast<double>(host_.code_count()));
    if (host_.code_count() != 1) return Error(ErrorCode::kInternal, "the code is not shared");
    return {};
  }

  // Changes of programs while a thread runs packets through all filters, one after the other.
  Status swap() {
    WEIR_TRY(auto worker, Worker::open(host_));
    std::atomic<bool> stop{false};
    std::atomic<uint64_t> packets{0};
    std::thread thread([&] {
      std::vector<Frame> frames(32);
      std::vector<weir::Packet> batch(frames.size());
      for (size_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
        for (size_t p = 0; p < frames.size(); ++p) batch[p] = frames[p].packet();
        filters_[i % filters_.size()]->run(*worker, batch);
        packets.fetch_add(batch.size(), std::memory_order_relaxed);
      }
    });
    std::vector<double> times;
    Status failed;
    for (size_t i = 0; i < rounds_ && failed; ++i) {
      Filter& filter = *filters_[i % filters_.size()];
      const std::vector<LinkInfo> links = filter.links();
      const double begin = now_ns();
      auto next = host_.load(file_, {.maps_from = links.front().program});
      failed = next ? filter.replace(links.front().id, *next) : Status(next.take_error());
      times.push_back(now_ns() - begin);
    }
    stop = true;
    thread.join();
    WEIR_CHECK(failed);
    tell_time("load and swap, maps kept", std::move(times));
    uint64_t counted = 0;
    for (const auto& filter : filters_) counted += filter->counts().packets;
    if (counted != packets + count_) return Error(ErrorCode::kInternal, "packets were lost");
    tell("packets meanwhile, none lost", fmt::format("{}", packets.load()),
         static_cast<double>(packets.load()));
    return {};
  }

  // A run of the program alone, of the filter with one packet and with a batch; alternating.
  Status cost() {
    constexpr size_t kBatch = 256;
    Filter& filter = *filters_[0];
    const std::shared_ptr<const Instance> instance = filter.links().front().program;
    ExecContext context;
    context.helpers = helper_table(instance->executable().info().options.helpers);
    instance->programs().attach(0, context);
    std::vector<Frame> frames(kBatch);
    std::vector<weir::Packet> packets(kBatch);
    std::vector<PacketContext> contexts(kBatch);
    std::vector<double> alone, one, batch;
    for (size_t round = 0; round < std::max<size_t>(rounds_ / 4, 5); ++round) {
      for (size_t i = 0; i < kBatch; ++i) {
        packets[i] = frames[i].packet();
        WEIR_CHECK(
            describe_frame(instance->context(), {packets[i].data, packets[i].size}, contexts[i]));
      }
      double begin = now_ns();
      for (size_t i = 0; i < kBatch; ++i) {
        begin_run(context, kDefaultBudget);
        instance->executable().run(&context, &contexts[i], 0);
      }
      alone.push_back((now_ns() - begin) / kBatch);
      begin = now_ns();
      for (weir::Packet& packet : packets) filter.run(*worker_, {&packet, 1});
      one.push_back((now_ns() - begin) / kBatch);
      begin = now_ns();
      filter.run(*worker_, packets);
      batch.push_back((now_ns() - begin) / kBatch);
    }
    tell_time("a packet: the program alone", std::move(alone));
    tell_time("a packet: the filter, one at a time", std::move(one));
    tell_time("a packet: the filter, 256 at a time", std::move(batch));
    return {};
  }

  const ProgramFile& file_;
  const size_t count_, rounds_;
  Host host_;
  std::unique_ptr<Worker> worker_;
  std::vector<std::unique_ptr<Filter>> filters_;
  std::vector<uint32_t> links_;
};

int run(int argc, char** argv) {
  std::string path = WEIR_BENCH_FILTER, json;
  size_t filters = 500, rounds = 2000;
  bool quick = false;
  CLI::App app{"Many filters in one process"};
  app.add_option("--program", path, "A file with one XDP program (default: the counting example)");
  app.add_option("--filters", filters, "How many")->check(CLI::Range(2, 100000));
  app.add_option("--rounds", rounds, "Swaps, and four times the rounds of the cost");
  app.add_flag("--quick", quick, "A few, to see that it works");
  app.add_option("--json", json, "Write the figures to a file");
  CLI11_PARSE(app, argc, argv);
  if (quick) filters = 20, rounds = 20;
  auto file = compile(path);
  if (!file) return fmt::print(stderr, "{}\n", file.error().to_string()), 1;
  Bench bench(*file, filters, rounds);
  const Status done = bench.run();
  if (!done) return fmt::print(stderr, "{}\n", done.error().to_string()), 1;
  fmt::print("{}\n{} filters of {}; times are medians (10th to 90th percentile)\n\n",
             machine_text(bench_facts()), filters, file->programs().front().name);
  Table table({"", ""});
  for (const Row& row : bench.rows) table.add({row.name, row.value});
  fmt::print("{}", table.text());
  if (json.empty()) return 0;
  const Status written =
      write_json(json, {{"machine", machine_json(bench_facts())}, {"filters", bench.json}});
  if (!written) return fmt::print(stderr, "{}\n", written.error().to_string()), 1;
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  return weir::bench::run(argc, argv);
}
