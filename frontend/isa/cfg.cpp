// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/cfg.h"

namespace weir {

Cfg build_cfg(const Program& program) {
  const auto& insns = program.insns;
  std::vector<bool> leader(insns.size() + 1, false);
  for (const Subprogram& sub : program.subprograms) leader[sub.first] = true;
  for (uint32_t i = 0; i < insns.size(); ++i) {
    if (is_jump(insns[i])) leader[insns[i].target] = true;
    if (is_jump(insns[i]) || ends_block(insns[i])) leader[i + 1] = true;
  }

  Cfg cfg;
  cfg.block_of.resize(insns.size());
  uint32_t sub = 0;
  for (uint32_t i = 0; i < insns.size(); ++i) {
    if (leader[i]) {
      while (sub + 1 < program.subprograms.size() && program.subprograms[sub + 1].first <= i) ++sub;
      cfg.blocks.push_back({.first = i, .subprogram = sub});
    }
    ++cfg.blocks.back().count;
    cfg.block_of[i] = static_cast<uint32_t>(cfg.blocks.size() - 1);
  }
  for (Block& block : cfg.blocks) {
    const Instruction& last = insns[block.last()];
    if (!ends_block(last))
      block.successors[block.successor_count++] = cfg.block_of[block.last() + 1];
    if (is_jump(last)) block.successors[block.successor_count++] = cfg.block_of[last.target];
  }
  for (const Subprogram& s : program.subprograms) cfg.entry_block.push_back(cfg.block_of[s.first]);
  return cfg;
}

}  // namespace weir
