// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DPDK's librte_bpf: its validator, its JIT. It hands a program one pointer, so the length lies in
// front of the packet's copy, or is a constant (wrappers/dpdk.bpf.c).
#include "measure/dpdk.h"

#include <cstddef>
#include <filesystem>

#include <fmt/format.h>

#include "bench/contenders/contender.h"
#include "bench/contenders/wrappers/dpdk_input.h"
#include "frontend/isa/decode.h"

namespace weir::bench {

namespace {

constexpr size_t kPacketBytes = 512 * 1024;  // of all packets of a program
static_assert(offsetof(dpdk_input, size) == 0 && offsetof(dpdk_input, bytes) == kDpdkHeader);

Result<std::unique_ptr<Runner>> run_object(const std::string& path) {
  WEIR_TRY(const Program program, load_bpf_file(path, "run_one"));
  if (!program.maps.empty() || program.subprograms.size() != 1)
    return Error(ErrorCode::kProgramUnsupported, "it knows no maps and no functions of a program");
  std::vector<RawInsn> insns;
  for (const Instruction& insn : program.insns) {
    RawInsn slots[2];
    const int count = encode_one(insn, slots);
    insns.insert(insns.end(), slots, slots + count);
  }
  WEIR_TRY(DpdkCode code, DpdkCode::load(insns, DpdkArgument::kBytes));
  return run_dpdk_bytes(std::move(code), kPacketBytes);
}

std::string object_path(std::string_view name, std::string_view variant) {
  return fmt::format("{}/{}.{}.o", WEIR_BENCH_DPDK_OBJECTS, name, variant);
}

Result<Prepared> prepare(const BenchProgram& program) {
  if (program.hook != Hook::kBytes)
    return Error(ErrorCode::kProgramUnsupported, "it knows neither XDP nor the kernel's maps");
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
  const auto version = dpdk_version();
  return {.name = "dpdk-jit",
          .title = "DPDK\nJIT",
          .how = fmt::format("librte_bpf of {}, copies of the packets behind their lengths",
                             version ? *version : "DPDK"),
          .prepare = prepare,
          .may_refuse = true,
          .available = []() -> Status {
            WEIR_TRY(const std::string ignored, dpdk_version());
            return {};
          }};
}

}  // namespace weir::bench
