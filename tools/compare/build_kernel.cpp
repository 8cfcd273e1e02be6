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
constexpr int kLeastRepeats = 200;

// Runs in the kernel, by BPF_PROG_TEST_RUN. A batch is sorted by packet: the kernel repeats one
// packet before it goes to the next, so its branch predictor knows it; that is to its advantage.
class KernelRunner final : public measure::Runner {
 public:
  KernelRunner(std::shared_ptr<LinkedInKernel> programs, int program, ContextKind kind)
      : programs_(std::move(programs)), program_(program), kind_(kind) {}

  uint64_t run(std::span<const Packet> packets) override {
    own_ns_ = 0;
    if (packets.size() == 1) return run_one(packets[0], 1).result;
    std::unordered_map<const uint8_t*, std::pair<Packet, uint64_t>> times;
    for (const Packet& packet : packets) {
      auto& [same, count] = times.try_emplace(packet.data, packet, 0).first->second;
      ++count;
    }
    uint64_t sum = 0;
    for (const auto& [data, run] : times) {
      const Ran ran = run_one(run.first, std::max<int>(kLeastRepeats, static_cast<int>(run.second)));
      sum += ran.result * run.second;
      own_ns_ += ran.ns * static_cast<double>(run.second);
    }
    return sum;
  }
  double own_ns() const override { return own_ns_; }
  ByteSpan left(const Packet&) const override { return left_; }

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

Status build(const Subject& subject, PluginCompiler& compiler, Candidate& out) {
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

}  // namespace

Candidate build_kernel(const Subject& subject, const Variant& variant, measure::Inputs&,
                       PluginCompiler& compiler) {
  Candidate out{.variant = variant};
  if (Status built = build(subject, compiler, out); !built) out.error = built.take_error();
  return out;
}

}  // namespace weir::tool
