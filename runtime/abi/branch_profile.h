// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program did when it ran: the counts that a compilation may be guided by. An instruction is
// known by its index in Program::insns, so a profile belongs to one program and no other.
#pragma once

#include <cstdint>
#include <vector>

#include "frontend/support/bytes.h"

namespace weir {

struct BranchProfile {
  struct Counts {
    uint64_t runs = 0;
    uint64_t taken = 0;  // of a conditional jump: runs that went to its target
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  std::vector<Counts> insns;
  uint64_t program_runs = 0;
  friend bool operator==(const BranchProfile&, const BranchProfile&) = default;
};

void write_profile(ByteWriter& out, const BranchProfile& profile);
// Check the reader afterwards.
BranchProfile read_profile(ByteReader& in);

}  // namespace weir
