// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the walk learns of frames: how deep each function's goes, and which of its bytes other
// pointers than its own fixed ones reach (FrameFact::shared).
#pragma once

#include <span>
#include <vector>

#include "frontend/verifier/facts.h"
#include "frontend/verifier/step.h"

namespace weir {

class FrameRecord {
 public:
  explicit FrameRecord(const Program& program);

  // An access whose base is a pointer into a frame of the state.
  void record(uint32_t insn, const PathAccess& access, const AbstractState& state);
  // The function's frame is used down to `low`, which is negative.
  FrameFact& use(uint32_t subprogram, int64_t low);
  // What came out, once all accesses are known. To be called once.
  std::vector<FrameFact> take(std::span<const InsnFacts> facts);

 private:
  struct Span {
    int64_t low = 0, high = -int64_t{kFrameBytes};
  };
  const Program& program_;
  std::vector<FrameFact> frames_;  // by subprogram
  std::vector<Span> spans_;        // what each access touches of frames, over all paths
};

}  // namespace weir
