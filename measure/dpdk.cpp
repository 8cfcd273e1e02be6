// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/dpdk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include <fmt/format.h>

#include "measure/packet_copies.h"

namespace weir::measure {

namespace {

// rte_bpf.h of DPDK 22.11, whose ABI is the 23 in the library's name.
constexpr const char* kLibrary = "librte_bpf.so.23";
constexpr int kArgMbuf = 0x11;           // RTE_BPF_ARG_PTR_MBUF
constexpr int kArgPointer = 0x10;        // RTE_BPF_ARG_PTR
constexpr uint32_t kLogEverything = 8;   // RTE_LOG_DEBUG
constexpr uint32_t kLogEmergencies = 1;  // RTE_LOG_EMERG
struct Argument {                        // rte_bpf_arg
  int type = 0;
  size_t size = 0, packet_buffer_size = 0;
};
struct Parameters {  // rte_bpf_prm
  const RawInsn* insns = nullptr;
  uint32_t insn_count = 0;
  const void* symbols = nullptr;
  uint32_t symbol_count = 0;
  Argument argument;
};
struct Mbuf {  // rte_mbuf, of one segment, outside of any pool
  const uint8_t* buffer = nullptr;
  uint64_t ignored1 = 0;
  uint16_t data_offset = 0, references = 1, segments = 1, port = 0;
  uint64_t ignored2 = 0;
  uint32_t packet_type = 0;
  uint32_t packet_size = 0;
  uint16_t segment_size = 0;
  uint16_t ignored3[6] = {};
  uint16_t buffer_size = 0;
  void* ignored4 = nullptr;
  Mbuf* next = nullptr;
  uint8_t ignored5[56] = {};
};
static_assert(sizeof(Mbuf) == 128 && offsetof(Mbuf, data_offset) == 16 &&
              offsetof(Mbuf, packet_size) == 36 && offsetof(Mbuf, segment_size) == 40 &&
              offsetof(Mbuf, buffer_size) == 54 && offsetof(Mbuf, next) == 64);
struct Jit {  // rte_bpf_jit
  DpdkCode::Function function = nullptr;
  size_t size = 0;
};

// What the validator is told of the memory behind the pointer: more than a packet, because it does
// not follow the comparison with the packet's end. A runner has as much behind its last packet, so
// whatever the validator lets through stays in memory that is there for it.
constexpr size_t kInputBytes = size_t{128} << 10;

constexpr size_t kMostMbufBytes = UINT16_MAX;

// How long the validator may take: it walks every path, and their number can double with each
// branch.
constexpr unsigned kSeconds = 2;

struct Library {
  void* (*load)(const Parameters*) = nullptr;
  int (*get_jit)(const void*, Jit*) = nullptr;
  void (*destroy)(void*) = nullptr;
  const char* (*version)() = nullptr;
  void (*set_log_level)(uint32_t) = nullptr;
  int (*open_log)(FILE*) = nullptr;
};

template <class Function>
bool find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(::dlsym(library, name));
  return out != nullptr;
}

// Never closed: it leaves threads' variables and destructors behind.
Result<const Library*> open_library() {
  static const auto opened = []() -> std::pair<Library, std::string> {
    Library out;
    void* handle = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      const char* why = ::dlerror();
      return {out, why == nullptr ? kLibrary : why};
    }
    if (!find(handle, "rte_bpf_load", out.load) || !find(handle, "rte_bpf_get_jit", out.get_jit) ||
        !find(handle, "rte_bpf_destroy", out.destroy) ||
        !find(handle, "rte_version", out.version) ||
        !find(handle, "rte_log_set_global_level", out.set_log_level) ||
        !find(handle, "rte_openlog_stream", out.open_log)) {
      return {out, fmt::format("{} lacks functions of DPDK 22.11", kLibrary)};
    }
    out.set_log_level(kLogEmergencies);
    return {out, ""};
  }();
  if (opened.second.empty()) return &opened.first;
  return Error(ErrorCode::kNotFound, "there is no librte_bpf: " + opened.second)
      .with_hint("install librte-bpf23 (Debian 12; the library of DPDK 22.11)");
}

void* load_here(const Library& library, std::span<const RawInsn> program, DpdkArgument argument) {
  Parameters parameters;
  parameters.insns = program.data();
  parameters.insn_count = static_cast<uint32_t>(program.size());
  if (argument == DpdkArgument::kBytes) {
    parameters.argument = {.type = kArgPointer, .size = kInputBytes};
  } else {
    parameters.argument = {
        .type = kArgMbuf, .size = sizeof(Mbuf), .packet_buffer_size = kMostMbufBytes};
  }
  return library.load(&parameters);
}

// The last line of a log, without "bpf: " or a function's name in front.
std::string last_line(std::string_view log) {
  while (log.ends_with('\n')) log.remove_suffix(1);
  log.remove_prefix(log.rfind('\n') + 1);  // npos + 1 is 0
  for (const std::string_view prefix : {"BPF: ", "evaluate(): ", "validate(): "}) {
    if (const size_t at = log.find(prefix); at != std::string_view::npos)
      log.remove_prefix(at + prefix.size());
  }
  return std::string(log);
}

// Nothing can stop the validator but the end of its process, which also tells what was logged.
Status try_in_child(const Library& library, std::span<const RawInsn> program,
                    DpdkArgument argument) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error(ErrorCode::kIo, "cannot make a pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kSeconds);
    FILE* log = ::fdopen(ends[1], "w");
    library.open_log(log);
    library.set_log_level(kLogEverything);
    const bool loaded = load_here(library, program, argument) != nullptr;
    std::fflush(log);
    ::_exit(loaded ? 0 : 1);
  }
  ::close(ends[1]);
  std::string log;
  char some[4096];
  for (ssize_t got = 0; child > 0; log.append(some, static_cast<size_t>(got))) {
    got = ::read(ends[0], some, sizeof some);
    if (got < 0 && errno == EINTR)
      got = 0;
    else if (got <= 0)
      break;
  }
  ::close(ends[0]);
  if (child < 0) return Error(ErrorCode::kIo, "cannot start a process");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return Error(ErrorCode::kProgramRejected,
                 WTERMSIG(status) == SIGALRM
                     ? fmt::format("librte_bpf's validator takes more than {} s", kSeconds)
                     : std::string("librte_bpf's validator crashes"));
  }
  if (WEXITSTATUS(status) == 0) return {};
  return Error(ErrorCode::kProgramRejected,
               "librte_bpf's validator refuses the program: " + last_line(log));
}

double ns_between(const timespec& start, const timespec& end) {
  return static_cast<double>(end.tv_sec - start.tv_sec) * 1e9 +
         static_cast<double>(end.tv_nsec - start.tv_nsec);
}

class BytesRunner final : public Runner {
 public:
  BytesRunner(DpdkCode code, size_t packets, uint64_t result_bits)
      : code_(std::move(code)),
        result_bits_(result_bits),
        memory_(packets + kInputBytes),
        copies_(std::span(memory_).first(packets), kDpdkHeader) {}

  uint64_t run(std::span<const Packet> packets) override {
    if (!copies_.bring(packets)) return 0;
    inputs_.clear();
    for (const Packet& packet : packets) {
      uint8_t* input = memory_.data() + copies_.offset(packet) - kDpdkHeader;
      std::memcpy(input, &packet.size, sizeof packet.size);
      inputs_.push_back(input);
    }
    const auto function = code_.function();
    const uint64_t bits = result_bits_;
    uint64_t sum = 0;
    timespec start{}, end{};
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    for (void* input : inputs_) sum += function(input) & bits;
    ::clock_gettime(CLOCK_MONOTONIC, &end);
    duration_ = ns_between(start, end);
    copies_.take_back(packets);
    return sum;
  }
  std::optional<double> own_time_ns() const override { return duration_; }

 private:
  DpdkCode code_;
  uint64_t result_bits_;
  std::vector<uint8_t> memory_;
  PacketCopies copies_;
  std::vector<void*> inputs_;
  double duration_ = 0;
};

class MbufRunner final : public Runner {
 public:
  MbufRunner(DpdkCode code, size_t skipped, std::function<uint64_t(uint32_t)> verdict)
      : code_(std::move(code)), skipped_(skipped), verdict_(std::move(verdict)) {}

  uint64_t run(std::span<const Packet> packets) override {
    // A pool of them stands ready in DPDK too.
    mbufs_.resize(packets.size());
    results_.resize(packets.size());
    for (size_t i = 0; i < packets.size(); ++i) {
      const uint64_t size = std::min<uint64_t>(packets[i].size - skipped_, kMostMbufBytes);
      mbufs_[i].buffer = packets[i].data + skipped_;
      mbufs_[i].packet_size = static_cast<uint32_t>(size);
      mbufs_[i].segment_size = mbufs_[i].buffer_size = static_cast<uint16_t>(size);
    }
    const auto function = code_.function();
    timespec start{}, end{};
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < packets.size(); ++i)
      results_[i] = static_cast<uint32_t>(function(&mbufs_[i]));
    ::clock_gettime(CLOCK_MONOTONIC, &end);
    duration_ = ns_between(start, end);
    uint64_t sum = 0;
    for (const uint32_t result : results_) sum += verdict_(result);
    return sum;
  }
  std::optional<double> own_time_ns() const override { return duration_; }
  ByteSpan left(const Packet& packet) const override {
    return {packet.data + skipped_, packet.size - skipped_};
  }

 private:
  DpdkCode code_;
  size_t skipped_;
  std::function<uint64_t(uint32_t)> verdict_;
  std::vector<Mbuf> mbufs_;
  std::vector<uint32_t> results_;
  double duration_ = 0;
};

}  // namespace

Result<std::string> dpdk_version() {
  WEIR_TRY(const Library* library, open_library());
  return std::string(library->version());
}

Result<DpdkCode> DpdkCode::load(std::span<const RawInsn> program, DpdkArgument argument) {
  WEIR_TRY(const Library* library, open_library());
  WEIR_CHECK(try_in_child(*library, program, argument));
  DpdkCode out;
  const auto start = std::chrono::steady_clock::now();
  out.owner_ = std::shared_ptr<void>(load_here(*library, program, argument), [library](void* bpf) {
    if (bpf != nullptr) library->destroy(bpf);
  });
  Jit jit;
  if (!out.owner_ || library->get_jit(out.owner_.get(), &jit) != 0 || jit.function == nullptr)
    return Error(ErrorCode::kProgramUnsupported, "librte_bpf's JIT does not take it");
  out.load_ns_ =
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
  out.argument_ = argument;
  out.function_ = jit.function;
  out.machine_code_ = {reinterpret_cast<const uint8_t*>(jit.function), jit.size};
  return out;
}

std::unique_ptr<Runner> run_dpdk_bytes(DpdkCode code, size_t packets, uint64_t result_bits) {
  return std::make_unique<BytesRunner>(std::move(code), packets, result_bits);
}

std::unique_ptr<Runner> run_dpdk_mbufs(DpdkCode code, size_t skipped,
                                       std::function<uint64_t(uint32_t)> verdict) {
  return std::make_unique<MbufRunner>(std::move(code), skipped, std::move(verdict));
}

}  // namespace weir::measure
