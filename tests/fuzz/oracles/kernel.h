// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The running kernel as an oracle: an XDP program loaded and run on a packet by BPF_PROG_TEST_RUN.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"

namespace weir::test {

struct KernelRun {
  bool accepted = false;
  std::string log;  // the end of what the verifier said; or what went wrong
  // Of an accepted program: what it left, as Outcome has it.
  uint32_t result = 0;
  std::vector<uint8_t> packet;
  std::string maps;
};

// `code` with map_fd(N) for the N-th of `maps`, which are made for it.
KernelRun run_in_kernel(ByteSpan code, const std::vector<MapDef>& maps, ByteSpan packet);

// Empty if programs can be loaded here, else why not.
std::string why_no_kernel();

}  // namespace weir::test
