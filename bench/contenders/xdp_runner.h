// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// XDP programs with maps: what every engine of this process needs to run one. Each contender has
// maps of its own, filled by the program's `setup` before the first packet.
#pragma once

#include "bench/programs.h"
#include "bench/programs/native_xdp.h"
#include "frontend/verifier/facts.h"
#include "measure/runner.h"
#include "runtime/engine/helper_table.h"
#include "runtime/engine/map_set.h"
#include "runtime/hooks/packet_buffer.h"

namespace weir::bench {

// The kind of hook, and what it offers.
CompileOptions options_for(const Program& program);

// New maps for the program, filled.
Result<MapSet> filled_maps(const BenchProgram& program);

// Runs `code`, which is called as an EntryFn is, on packets at kXdp, as a worker of a host does: a
// context is made once, and each run only starts anew.
template <class Code>
class XdpRunner final : public Runner {
 public:
  XdpRunner(MapSet maps, Code code, std::shared_ptr<const void> owner)
      : maps_(std::move(maps)), code_(std::move(code)), owner_(std::move(owner)) {
    uint8_t frame[64] = {};
    (void)describe_frame(ContextKind::kXdp, frame, packet_);
    context_.helpers = helper_table(HelperSet::kKernel);
    maps_.attach(context_);
  }

  uint64_t run(std::span<const Packet> packets) override {
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      if (!describe_next_xdp({packet.data, packet.size}, packet_)) [[unlikely]]
        continue;
      begin_run(context_, kDefaultBudget);
      sum += code_(&context_, &packet_, 0);
      if (context_.trap_code != TrapCode::kNone) [[unlikely]]
        trap_ = {context_.trap_code, context_.trap_insn};
    }
    return sum;
  }
  Trap trap() const override { return trap_; }

 private:
  MapSet maps_;
  Code code_;
  std::shared_ptr<const void> owner_;
  PacketContext packet_;
  ExecContext context_;
  Trap trap_;
};

// Compiled code at the program's hook; `owner` is what must live as long as it is used.
Result<std::unique_ptr<Runner>> run_compiled(const BenchProgram& program, EntryFn entry,
                                             std::shared_ptr<const void> owner);

// What clang made for the host.
Result<std::unique_ptr<Runner>> run_native_xdp(const BenchProgram& program,
                                               const bench_xdp& native);

}  // namespace weir::bench
