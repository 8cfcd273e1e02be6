// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which numbers could prove anything: those that may come to be part of an address, a size, a
// comparison or a result. Of all others the walk need not know more than that they are numbers, so
// that paths which differ in nothing else are one: what the kernel's verifier gets from marking
// registers as precise. An answer that is wrong costs proofs, never soundness.
#pragma once

#include <bitset>
#include <span>

#include "frontend/verifier/abstract_state.h"
#include "frontend/verifier/facts.h"
#include "frontend/verifier/liveness.h"

namespace weir {

struct Relevant {
  RegMask regs = 0;
  std::bitset<kFrameBytes> bytes;  // bit i: the byte at r10 - 512 + i of the function's own frame
  // Whether some byte of the `size` at that offset from r10 is.
  bool slot(int32_t offset, uint32_t size) const {
    for (uint32_t i = 0; i < size; ++i) {
      if (bytes[static_cast<size_t>(offset + int32_t{kFrameBytes}) + i]) return true;
    }
    return false;
  }
  friend bool operator==(const Relevant&, const Relevant&) = default;
};

// At the start of each block. `seen`: what a walk found out of the program's accesses, as far as it
// came.
std::vector<Relevant> find_relevant(const Program& program, const Cfg& cfg, HelperSet helpers,
                                    std::span<const InsnFacts> seen);

// Of a state at the start of a block: the other numbers may be any, and the data as long as can be
// if no pointer says more.
void forget_irrelevant(AbstractState& state, const Relevant& relevant);

}  // namespace weir
