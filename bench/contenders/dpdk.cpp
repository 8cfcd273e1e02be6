// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DPDK's librte_bpf: its validator, its JIT. Built if pkg-config knows libdpdk. It hands a program
// one pointer, so the length lies in front of the packet's copy, or is a constant
// (wrappers/dpdk.bpf.c).
#include <rte_bpf.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "bench/contenders/contender.h"
#include "bench/contenders/packet_copies.h"
#include "bench/contenders/wrappers/dpdk_input.h"

namespace weir::bench {

namespace {

// How long the validator may take: it walks every path, and their number can double with each
// branch.
constexpr unsigned kSeconds = 2;

struct DestroyBpf {
  void operator()(rte_bpf* bpf) const { rte_bpf_destroy(bpf); }
};
using BpfPtr = std::unique_ptr<rte_bpf, DestroyBpf>;

BpfPtr load_here(const std::string& path) {
  rte_bpf_prm parameters{};
  parameters.prog_arg.type = RTE_BPF_ARG_PTR;
  parameters.prog_arg.size = kDpdkInputBytes;
  return BpfPtr(rte_bpf_elf_load(&parameters, path.c_str(), "dpdk"));
}

// Nothing can stop the validator but the end of its process.
Status try_in_child(const std::string& path) {
  const pid_t child = fork();
  if (child < 0) return Error(ErrorCode::kIo, "cannot start a process");
  if (child == 0) {
    alarm(kSeconds);
    const bool loaded = load_here(path) != nullptr;
    _exit(loaded ? 0 : rte_errno != 0 ? rte_errno : EINVAL);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return Error(ErrorCode::kProgramRejected,
                 WTERMSIG(status) == SIGALRM
                     ? fmt::format("its validator takes more than {} s", kSeconds)
                     : std::string("its validator crashes"));
  }
  if (WEXITSTATUS(status) != 0) {
    return Error(ErrorCode::kProgramRejected,
                 "not taken: " + std::generic_category().message(WEXITSTATUS(status)));
  }
  return {};
}

class DpdkRunner final : public Runner {
 public:
  DpdkRunner(BpfPtr bpf, uint64_t (*function)(void*)) : bpf_(std::move(bpf)), function_(function) {}

  uint64_t run(std::span<const Packet> packets) override {
    if (!copies_.bring(packets)) return 0;
    inputs_.clear();
    for (const Packet& packet : packets) {
      uint8_t* input = memory_.data() + copies_.offset(packet) - kHeader;
      static_assert(offsetof(dpdk_input, size) == 0 && kHeader == sizeof packet.size);
      std::memcpy(input, &packet.size, sizeof packet.size);
      inputs_.push_back(input);
    }
    const auto function = function_;
    uint64_t sum = 0;
    timespec start{}, end{};
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (void* input : inputs_) sum += function(input);
    clock_gettime(CLOCK_MONOTONIC, &end);
    duration_ = static_cast<double>(end.tv_sec - start.tv_sec) * 1e9 +
                static_cast<double>(end.tv_nsec - start.tv_nsec);
    copies_.take_back(packets);
    return sum;
  }
  std::optional<double> own_time_ns() const override { return duration_; }

 private:
  static constexpr size_t kPacketBytes = 256 * 1024, kHeader = offsetof(dpdk_input, bytes);

  BpfPtr bpf_;
  uint64_t (*function_)(void*);
  std::vector<uint8_t> memory_ = std::vector<uint8_t>(kPacketBytes + kDpdkInputBytes);
  PacketCopies copies_{std::span(memory_).first(kPacketBytes), kHeader};
  std::vector<void*> inputs_;
  double duration_ = 0;
};

Result<std::unique_ptr<Runner>> run_object(const std::string& path) {
  WEIR_CHECK(try_in_child(path));
  BpfPtr bpf = load_here(path);
  rte_bpf_jit jit{};
  if (!bpf || rte_bpf_get_jit(bpf.get(), &jit) != 0 || jit.func == nullptr)
    return Error(ErrorCode::kProgramRejected, "its JIT does not take it");
  return std::make_unique<DpdkRunner>(std::move(bpf), jit.func);
}

std::string object_path(std::string_view name, std::string_view variant) {
  return fmt::format("{}/{}.{}.o", WEIR_BENCH_DPDK_OBJECTS, name, variant);
}

Result<Prepared> prepare(const BenchProgram& program) {
  if (program.hook != Hook::kBytes)
    return Error(ErrorCode::kProgramUnsupported, "it knows neither XDP nor the kernel's maps");
  rte_log_set_global_level(RTE_LOG_EMERG);
  auto runner = run_object(object_path(program.name, "any"));
  if (runner) return Prepared{std::move(*runner), {}};
  const std::string fixed = object_path(program.name, "fixed");
  if (std::filesystem::exists(fixed)) {
    if (auto second = run_object(fixed))
      return Prepared{std::move(*second), "the length is a constant and loops are unrolled: else " +
                                              runner.error().message()};
  }
  return runner.error();
}

}  // namespace

Contender dpdk() {
  return {.name = "dpdk-jit",
          .title = "DPDK\nJIT",
          .how = "librte_bpf of DPDK " WEIR_BENCH_DPDK_VERSION
                 ", copies of the packets behind "
                 "their lengths",
          .prepare = prepare,
          .may_refuse = true};
}

}  // namespace weir::bench
