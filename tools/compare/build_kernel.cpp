// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <bpf/bpf.h>

#include <cstring>
#include <unordered_map>

#include <fmt/format.h>

#include "runtime/hooks/packet_buffer.h"
#include "tools/compare/candidate.h"
#include "tools/testing/kernel_load.h"
#include "tools/testing/run_kernel.h"

namespace weir::tool {

namespace {

using measure::Packet;

// The clock is read around all repetitions of a packet: so many that it does not matter.
constexpr int kRepeats = 2000;
// A test run of XDP waits for a grace period, 20 ms or so: a batch is timed on so many of its
// packets, and what they took stands for the others.
constexpr size_t kTimedPackets = 8;

// Runs in the kernel, by BPF_PROG_TEST_RUN, which repeats one packet before it goes to the next:
// its branch predictor knows it, to the kernel's advantage. Every result is looked at in the check.
class KernelRunner final : public measure::Runner {
 public:
  KernelRunner(std::shared_ptr<LinkedInKernel> programs, int program, ContextKind kind)
      : programs_(std::move(programs)), program_(program), kind_(kind) {}

  uint64_t run(std::span<const Packet> packets) override {
    own_ns_ = 0;
    if (packets.size() == 1) return known_[packets[0].data] = run_one(packets[0], 1).result;
    uint64_t sum = 0, timed = 0;
    for (const Packet& packet : packets) sum += known_[packet.data];
    const size_t step = std::max<size_t>(1, packets.size() / kTimedPackets);
    for (size_t i = next_++ % step; i < packets.size(); i += step) {
      own_ns_ += run_one(packets[i], kRepeats).ns;
      ++timed;
    }
    own_ns_ *=
        static_cast<double>(packets.size()) / static_cast<double>(std::max<uint64_t>(1, timed));
    return sum;
  }
  std::optional<double> own_time_ns() const override {
    return own_ns_ > 0 ? std::optional(own_ns_) : std::nullopt;
  }
  // Where a hook begins at the IP header, the kernel returns an Ethernet header that it made up.
  ByteSpan left(const Packet&) const override {
    return ByteSpan(left_).subspan(begins_at_ip(kind_) ? std::min(kEthernetHeader, left_.size())
                                                       : 0);
  }

 private:
  struct Ran {
    uint64_t result = 0;
    double ns = 0;
  };
  Ran run_one(const Packet& packet, int repeat) {
    LIBBPF_OPTS(bpf_test_run_opts, options);
    left_.resize(packet.size + kPacketHeadroom + kPacketTailroom);
    options.data_in = packet.data;
    options.data_size_in = static_cast<uint32_t>(packet.size);
    options.data_out = left_.data();
    options.data_size_out = static_cast<uint32_t>(left_.size());
    options.repeat = repeat;
    __sk_buff skb{};
    if (kind_ != ContextKind::kXdp) {
      options.ctx_in = &skb;
      options.ctx_size_in = sizeof skb;
    }
    if (const int error = bpf_prog_test_run_opts(program_, &options); error != 0) {
      // A result that no program gives: the comparison says that they differ.
      left_.clear();
      return {UINT64_MAX + static_cast<uint64_t>(error), 1};
    }
    left_.resize(options.data_size_out);
    return {options.retval, static_cast<double>(options.duration)};
  }

  std::shared_ptr<LinkedInKernel> programs_;
  int program_;
  ContextKind kind_;
  double own_ns_ = 0;
  size_t next_ = 0;
  std::unordered_map<const uint8_t*, uint64_t> known_;  // results of the check, by packet
  std::vector<uint8_t> left_;
};

Result<std::vector<uint8_t>> code_of(int program) {
  bpf_prog_info info{};
  uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program, &info, &size) != 0 || info.jited_prog_len == 0)
    return Error(ErrorCode::kProgramUnsupported, "the kernel does not show its machine code");
  std::vector<uint8_t> code(info.jited_prog_len);
  info = {};
  info.jited_prog_len = static_cast<uint32_t>(code.size());
  info.jited_prog_insns = reinterpret_cast<uintptr_t>(code.data());
  size = sizeof info;
  if (bpf_obj_get_info_by_fd(program, &info, &size) != 0 || info.jited_prog_insns == 0)
    return Error(ErrorCode::kProgramUnsupported, "the kernel does not show its machine code");
  return code;
}

}  // namespace

Status build_kernel(const Subject& subject, measure::Inputs&, PluginCompiler& compiler,
                    Candidate& out) {
  if (context_shape(subject.kind) != ContextShape::kPacket ||
      packet_input(subject.kind) != PacketInput::kFrame) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("the kernel has no hook like {}", context_name(subject.kind)));
  }
  if (const auto problem = kernel_problem()) return Error(ErrorCode::kProgramUnsupported, *problem);
  auto programs = std::make_shared<LinkedInKernel>();
  const auto start = Clock::now();
  const KernelAnswer answer = programs->load(subject.program, subject.kind, /*whole=*/true);
  out.load_ns = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  if (!answer.accepted) {
    return Error(ErrorCode::kProgramRejected,
                 fmt::format("the kernel refuses the program: {}", answer.why));
  }
  if (subject.setup) {
    const KernelAnswer filled = programs->load(*subject.setup, subject.kind, /*whole=*/true);
    std::vector<uint8_t> packet(64);
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet.data(),
                .data_size_in = static_cast<uint32_t>(packet.size()), .repeat = 1);
    if (!filled.accepted ||
        bpf_prog_test_run_opts(programs->program(subject.setup->name), &options) != 0) {
      return Error(ErrorCode::kProgramRejected,
                   fmt::format("the setup program does not run in the kernel: {}", filled.why));
    }
  }
  const int program = programs->program(subject.program.name);
  if (auto code = code_of(program)) {
    WEIR_TRY(const CompilerPlugin* plugin, compiler.plugin());
    out.code = std::move(*code);
    WEIR_TRY(out.machine, plugin->analyze_machine_code(out.code, ""));
    out.places.resize(out.machine->insns.size());
  }
  out.runner = std::make_unique<KernelRunner>(std::move(programs), program, subject.kind);
  return {};
}

}  // namespace weir::tool
