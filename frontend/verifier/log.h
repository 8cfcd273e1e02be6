// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the walk does and knows, step by step, in the notation of the kernel's verifier at log level
// 2 (kernel/bpf/log.c): the source line, the instruction, and behind it the registers that it reads
// or writes, as they are afterwards; `_w` marks those that it wrote. "from 5 to 9: ..." starts
// another path, "from 5 to 9: safe" ends one that an earlier state covers, "joined" says that its
// state was put together with what came there before.
//
//   3: (71) r1 = *(u8 *)(r2 +0)           ; R1_w=scalar(smin=smin32=0,...) R2=pkt(r=14)
//
// pkt(off=2,r=14): 2 bytes from the start; 14 bytes, counted like `off`, are known to be there.
// With id=N there is a variable part as well, with its bounds behind.
#pragma once

#include <cstddef>
#include <string>

#include "frontend/verifier/abstract_state.h"
#include "runtime/abi/helpers.h"

namespace weir {

class VerifierLog {
 public:
  VerifierLog(const Program& program, HelperSet helpers, size_t max_bytes)
      : program_(&program), helpers_(helpers), max_bytes_(max_bytes) {}

  // The walk starts anew, with other limits.
  void restart(size_t paths_apart);
  void start_path(uint32_t from, uint32_t to, const AbstractState& state);
  // Before the instruction is stepped over; what it did is known with the next call.
  void step(uint32_t insn, const AbstractState& before);
  void covered(uint32_t insn);
  void joined(uint32_t insn, const AbstractState& state);
  void end_path();
  void finish(uint64_t steps);

  VerifierLog empty_copy() const { return {*program_, helpers_, max_bytes_}; }
  const std::string& text() const { return text_; }

 private:
  void write(const std::string& text);
  void finish_line(const AbstractState* after);

  static constexpr uint32_t kNone = UINT32_MAX;
  const Program* program_;
  HelperSet helpers_;
  size_t max_bytes_;
  std::string text_;
  bool cut_ = false;
  uint32_t pending_ = kNone;  // the instruction whose line is not written yet
  size_t pending_depth_ = 0;
  uint32_t last_ = kNone;  // the instruction that the path came through last
  const LineInfo* line_ = nullptr;
};

// The whole state, `R1=ctx() R10=fp0 fp-8=...`, and a single value of it.
std::string to_log(const AbstractState& state, const Program& program);
std::string to_log(const AbstractState& state, const Program& program, const Value& value);

// The log of analysing a program that has passed check_structure(), for accepted and refused ones:
// of the walk that decided. At most about `max_bytes`; a longer one is cut, and says so. Empty if
// the walk was given up and the coarse analysis decided.
std::string analysis_log(const Program& program, const CompileOptions& options, size_t max_bytes);

}  // namespace weir
