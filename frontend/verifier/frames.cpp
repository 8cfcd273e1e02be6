// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/frames.h"

#include <algorithm>

namespace weir {

FrameRecord::FrameRecord(const Program& program)
    : program_(program), frames_(program.subprograms.size()), spans_(program.insns.size()) {}

FrameFact& FrameRecord::use(uint32_t subprogram, int64_t low) {
  FrameFact& frame = frames_[subprogram];
  frame.bytes = std::max(frame.bytes, static_cast<uint32_t>((-low + 7) & ~int64_t{7}));
  return frame;
}

void FrameRecord::record(uint32_t insn, const PathAccess& access, const AbstractState& state) {
  const Value& base = access.base;
  int64_t low = -int64_t{kFrameBytes}, high = 0;
  if (access.proven) {
    low = base.offset + (base.fixed() ? 0 : base.range.smin);
    high = base.offset + (base.fixed() ? 0 : base.range.smax) + access.size;
  }
  FrameFact& frame = use(state.frames[base.frame].subprogram, low);
  Span& span = spans_[insn];
  span.low = std::min(span.low, low);
  span.high = std::max(span.high, high);
  if (base.frame != state.depth()) frame.share(low, high);
}

// Accesses of one function's own frame that turned out to have no fixed offset share what they may
// touch. So does one that touches a shared byte share its others: a byte has one home.
std::vector<FrameFact> FrameRecord::take(std::span<const InsnFacts> facts) {
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < facts.size(); ++i) {
      const Span& span = spans_[i];
      if (span.low >= span.high) continue;
      FrameFact& frame = frames_[program_.subprogram_of(i)];
      const size_t before = frame.shared.count();
      const AccessFact& access = facts[i].access;
      const bool own = access.region == Region::kStack && access.fixed && access.proven;
      bool touches = !own;
      for (int64_t at = span.low; at < span.high && !touches; ++at)
        touches = frame.shared.test(static_cast<size_t>(at + kFrameBytes));
      if (touches) frame.share(span.low, span.high);
      changed |= frame.shared.count() != before;
    }
  }
  return std::move(frames_);
}

}  // namespace weir
