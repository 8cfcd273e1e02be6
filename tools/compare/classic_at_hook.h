// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A classic filter as others run it, who know nothing of weir's hooks: where its packet begins, and
// what its result means there.
#pragma once

#include "runtime/hooks/classic_hook.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/compare/candidate.h"

namespace weir::tool {

struct ClassicAtHook {
  std::vector<ClassicInsn> insns;
  size_t skipped = 0;  // hooks that begin at the IP header are given frames all the same
  std::optional<ClassicVerdicts> verdicts;

  // `who` runs it. Error: the input is no classic filter, or asks for what only the kernel has.
  static Result<ClassicAtHook> of(const Subject& subject, std::string_view who);

  // As the program that became of the filter says it.
  uint64_t verdict(uint32_t length) const {
    if (!verdicts) return length;
    return static_cast<uint32_t>(length != 0 ? verdicts->accepted : verdicts->rejected);
  }
};

}  // namespace weir::tool
