// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The control-flow graph of a Program: basic blocks with their successors, one list for all
// subprograms. A local call does not end a block.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "frontend/isa/program.h"

namespace weir {

struct Block {
  uint32_t first = 0;  // instruction index
  uint32_t count = 0;
  uint32_t subprogram = 0;
  // Indexes of blocks. A conditional jump: [0] = not taken, [1] = taken.
  std::array<uint32_t, 2> successors{};
  uint8_t successor_count = 0;
  uint32_t last() const { return first + count - 1; }
};

struct Cfg {
  std::vector<Block> blocks;       // ascending by first
  std::vector<uint32_t> block_of;  // instruction index -> block index
  // First block of each subprogram, parallel to Program::subprograms.
  std::vector<uint32_t> entry_block;
};

// For a program that passed check_structure().
Cfg build_cfg(const Program& program);

// A jump that can go backwards (to itself or before): every cycle has one, because everything else
// moves forward. Taken backward jumps are what the run budget counts.
inline bool is_back_edge(const Program& program, uint32_t insn) {
  return is_jump(program.insns[insn]) && program.insns[insn].target <= insn;
}

}  // namespace weir
