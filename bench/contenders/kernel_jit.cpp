// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The running kernel: its verifier, its JIT. The packets lie in a map; one run of the wrapper
// (wrappers/kernel.bpf.c) by BPF_PROG_TEST_RUN goes through a whole batch of them, and the kernel
// says how long that took. Programs with maps run without a wrapper, packet by packet.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "bench/contenders/contender.h"
#include "bench/contenders/wrappers/kernel_run.h"
#include "measure/packet_copies.h"

namespace weir::bench {

namespace {

Error failed(const std::string& what, int code) {
  return Error(ErrorCode::kIo,
               what + ": " + std::generic_category().message(code < 0 ? -code : code));
}

// BPF_LOG_STATS: what is wrong and the statistics, without the walk there, which takes longer to
// write down than to make.
constexpr unsigned kErrorsOnly = 4;

std::string wrapped_path(std::string_view name, std::string_view variant) {
  return fmt::format("{}/{}.{}.o", WEIR_BENCH_KERNEL_OBJECTS, name, variant);
}

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using ObjectPtr = std::unique_ptr<bpf_object, CloseObject>;

// The line in which the verifier says what it does not take: the last before its statistics.
std::string reason(const char* log) {
  std::string last;
  std::istringstream stream(log);
  for (std::string line; std::getline(stream, line) && !line.starts_with("verification time ");) {
    if (!line.empty()) last = line;
  }
  return last;
}

Result<ObjectPtr> load(const std::string& path, bpf_prog_type type = BPF_PROG_TYPE_XDP) {
  libbpf_set_print(nullptr);
  std::vector<char> log(1 << 16);
  LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = log.data(),
              .kernel_log_size = log.size(), .kernel_log_level = kErrorsOnly);
  ObjectPtr object(bpf_object__open_file(path.c_str(), &options));
  if (!object) return failed("opening " + path, errno);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    bpf_program__set_type(program, type);
    bpf_program__set_expected_attach_type(program, static_cast<bpf_attach_type>(0));
  }
  if (const int code = bpf_object__load(object.get()); code != 0) {
    if (const std::string why = reason(log.data()); !why.empty())
      return Error(ErrorCode::kProgramRejected, why);
    return failed("the kernel does not load it", code);
  }
  return object;
}

// Memory of a map, shared with the kernel.
class SharedMap {
 public:
  static Result<SharedMap> open(bpf_object* object, const char* name) {
    const bpf_map* map = bpf_object__find_map_by_name(object, name);
    if (!map) return Error(ErrorCode::kInternal, std::string("no map ") + name);
    const size_t size = bpf_map__value_size(map);
    void* address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
    if (address == MAP_FAILED) return failed(std::string("mapping ") + name, errno);
    return SharedMap(address, size);
  }
  SharedMap(SharedMap&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SharedMap& operator=(SharedMap&&) = delete;
  ~SharedMap() {
    if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
  }
  std::span<uint8_t> bytes() const { return bytes_; }

 private:
  SharedMap(void* address, size_t size) : bytes_(static_cast<uint8_t*>(address), size) {}
  std::span<uint8_t> bytes_;
};

class KernelRunner final : public Runner {
 public:
  KernelRunner(ObjectPtr object, SharedMap packets, SharedMap runs)
      : object_(std::move(object)),
        packets_(std::move(packets)),
        runs_map_(std::move(runs)),
        runs_(reinterpret_cast<kernel_runs*>(runs_map_.bytes().data())),
        copies_(packets_.bytes().first(kKernelPacketBytes)),
        program_(bpf_program__fd(bpf_object__next_program(object_.get(), nullptr))) {}

  // What goes wrong here is seen in the sum, which is 0 then, and in the packets.
  uint64_t run(std::span<const Packet> packets) override {
    if (packets.size() > kKernelRuns || !copies_.bring(packets)) return 0;
    for (size_t i = 0; i < packets.size(); ++i) {
      runs_->places[i] = {static_cast<unsigned>(copies_.offset(packets[i])),
                          static_cast<unsigned>(packets[i].size)};
    }
    runs_->count = static_cast<unsigned>(packets.size());
    runs_->done = 0;
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame_.data(), .data_size_in = sizeof frame_,
                .repeat = 1);
    if (bpf_prog_test_run_opts(program_, &options) != 0 || runs_->done != packets.size()) return 0;
    if (getenv("DBG"))
      fmt::print(stderr, "n {} done {} sum {} dur {}\n", packets.size(), runs_->done,
                 (uint64_t)runs_->sum, options.duration);
    duration_ = options.duration;
    copies_.take_back(packets);
    return runs_->sum;
  }
  std::optional<double> own_time_ns() const override { return duration_; }

 private:
  ObjectPtr object_;
  SharedMap packets_, runs_map_;
  kernel_runs* runs_;
  PacketCopies copies_;
  int program_;
  std::array<uint8_t, 64> frame_{};  // what the wrapper is given, and does not look at
  double duration_ = 0;
};

// An XDP program, compiled as a program at tc: there BPF_PROG_TEST_RUN needs no grace period of
// RCU, which at XDP takes thousands of times as long as the runs. A run of it has one packet, again
// and again, and the clock is read before the first and after the last: so what is timed here is
// each packet of a batch, kRepeat times.
class KernelXdpRunner final : public Runner {
 public:
  KernelXdpRunner(ObjectPtr object, int program) : object_(std::move(object)), program_(program) {}

  uint64_t run(std::span<const Packet> packets) override {
    struct Seen {
      Packet packet;
      uint64_t times;
    };
    std::vector<Seen> all;
    std::map<const uint8_t*, size_t> index;  // none of them is empty
    for (const Packet& packet : packets) {
      const auto [found, is_new] = index.emplace(packet.data, all.size());
      if (is_new) all.push_back({packet, 0});
      ++all[found->second].times;
    }
    uint64_t sum = 0;
    duration_ = 0;
    for (const Seen& seen : all) {
      const auto size = static_cast<unsigned>(seen.packet.size);
      LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = seen.packet.data,
                  .data_out = seen.packet.data, .data_size_in = size, .data_size_out = size,
                  .repeat = packets.size() == 1 ? 1 : kRepeat);
      if (bpf_prog_test_run_opts(program_, &options) != 0) return ~uint64_t{0};
      sum += options.retval * seen.times;
      // Whole nanoseconds; what it cut off is half a one on average.
      duration_ += (options.duration + 0.5) * static_cast<double>(seen.times);
    }
    return sum;
  }
  std::optional<double> own_time_ns() const override { return duration_; }

 private:
  static constexpr int kRepeat = 255;

  ObjectPtr object_;
  int program_;
  double duration_ = 0;
};

Result<std::unique_ptr<Runner>> run_xdp(const BenchProgram& program) {
  WEIR_TRY(ObjectPtr object, load(wrapped_path(program.name, "tc"), BPF_PROG_TYPE_SCHED_CLS));
  const bpf_program* setup = bpf_object__find_program_by_name(object.get(), "setup");
  const bpf_program* main =
      bpf_object__find_program_by_name(object.get(), std::string(program.function).c_str());
  if (!setup || !main) return Error(ErrorCode::kInternal, "a program is not in the object");
  std::array<uint8_t, 64> frame{};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_size_in = sizeof frame,
              .repeat = 1);
  if (const int code = bpf_prog_test_run_opts(bpf_program__fd(setup), &options); code != 0)
    return failed("BPF_PROG_TEST_RUN of setup", code);
  return std::make_unique<KernelXdpRunner>(std::move(object), bpf_program__fd(main));
}

Result<std::unique_ptr<Runner>> run_object(const std::string& path) {
  WEIR_TRY(ObjectPtr object, load(path));
  WEIR_TRY(SharedMap packets, SharedMap::open(object.get(), ".bss.packets"));
  WEIR_TRY(SharedMap runs, SharedMap::open(object.get(), ".bss.runs"));
  if (runs.bytes().size() < sizeof(kernel_runs) ||
      packets.bytes().size() < kKernelPacketBytes + kKernelSlack)
    return Error(ErrorCode::kInternal, "the wrapper's maps have another size");
  return std::make_unique<KernelRunner>(std::move(object), std::move(packets), std::move(runs));
}

Result<Prepared> prepare(const BenchProgram& program) {
  if (program.hook == Hook::kXdp) {
    WEIR_TRY(std::unique_ptr<Runner> runner, run_xdp(program));
    return Prepared{std::move(runner), {}};
  }
  auto runner = run_object(wrapped_path(program.name, "any"));
  if (runner) return Prepared{std::move(*runner), {}};
  const std::string fixed = wrapped_path(program.name, "fixed");
  if (std::filesystem::exists(fixed)) {
    if (auto second = run_object(fixed))
      return Prepared{std::move(*second),
                      "the length is a constant: else " + runner.error().message()};
  }
  return runner.error();
}

}  // namespace

Contender kernel_jit() {
  return {.name = "kernel-jit",
          .title = "kernel\nJIT",
          .how = "this kernel's verifier and JIT, batches in its own memory, its own clock",
          .prepare = prepare,
          .may_refuse = true,
          .available = []() -> Status {
            auto object = load(wrapped_path("empty", "any"));
            return object ? Status() : Status(object.error());
          }};
}

}  // namespace weir::bench
