// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which way the branch at the end of a block goes, where that is known when the block is entered:
// as of the flag that clang keeps of a check (`r3 = ok ? 0 : -22; ...; if r3 != 0`). States that
// differ in it go on to different places, and joining them would lose what the check has proven.
#pragma once

#include <vector>

#include "frontend/isa/cfg.h"
#include "frontend/verifier/abstract_state.h"

namespace weir {

class DecidedBranches {
 public:
  DecidedBranches(const Program& program, const Cfg& cfg);

  enum class Way : uint8_t { kOpen, kFalls, kJumps };
  Way way(const AbstractState& state, uint32_t block) const;

 private:
  // What the last instruction of a block compares with a constant, at the block's start: a
  // register, or so many bytes of the frame (`size` not 0).
  struct Compared {
    bool known = false;
    uint8_t reg = 0;
    int32_t offset = 0;
    uint32_t size = 0;
  };
  static Compared trace(const Program& program, const Block& block);

  const Program& program_;
  const Cfg& cfg_;
  std::vector<Compared> compared_;  // parallel to the blocks
};

}  // namespace weir
