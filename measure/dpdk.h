// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DPDK's librte_bpf: its validator and its JIT, as others that run eBPF on packets. It is loaded
// when it is asked for: nothing needs it to be built, or to be installed.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "frontend/isa/instruction.h"
#include "frontend/support/result.h"
#include "measure/runner.h"

namespace weir::measure {

// It hands a program one pointer.
enum class DpdkArgument : uint8_t {
  // To the packet's length, eight bytes, with the packet behind it: a program that takes r1 =
  // bytes, r2 = their number begins by taking it apart.
  kBytes,
  // To an rte_mbuf, which legacy packet loads read the packet of.
  kMbuf,
};
inline constexpr size_t kDpdkHeader = sizeof(uint64_t);

// "DPDK 22.11.11". Error: kNotFound, with what to install.
Result<std::string> dpdk_version();

// What its JIT made. Lives as long as any copy of it.
class DpdkCode {
 public:
  using Function = uint64_t (*)(void* input);

  // Error: kProgramRejected; kProgramUnsupported where the program is fine and its JIT has nothing
  // for this machine.
  static Result<DpdkCode> load(std::span<const RawInsn> program, DpdkArgument argument);

  DpdkArgument argument() const { return argument_; }
  Function function() const { return function_; }
  ByteSpan machine_code() const { return machine_code_; }
  // What validation and compilation took.
  double load_ns() const { return load_ns_; }

 private:
  DpdkCode() = default;
  std::shared_ptr<void> owner_;
  DpdkArgument argument_ = DpdkArgument::kBytes;
  Function function_ = nullptr;
  ByteSpan machine_code_;
  double load_ns_ = 0;
};

// Runs it, of kBytes, on copies of packets behind their lengths; copying is not in the time.
// `packets`: what is enough for all different ones, kDpdkRoom and a packet's size for each.
// `result_bits`: those of a result that mean something.
inline constexpr size_t kDpdkRoom = kDpdkHeader + 16;
std::unique_ptr<Runner> run_dpdk_bytes(DpdkCode code, size_t packets,
                                       uint64_t result_bits = UINT64_MAX);

// Runs it, of kMbuf, on packets where they lie, from byte `skipped` on. `verdict` says what a
// result means.
std::unique_ptr<Runner> run_dpdk_mbufs(DpdkCode code, size_t skipped,
                                       std::function<uint64_t(uint32_t)> verdict);

}  // namespace weir::measure
