// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One program, all its variants: built, compared, traced, timed. The result is a PROGRAM of
// docs/COMPARE.md.
#pragma once

#include "measure/alternate.h"
#include "tools/compare/candidate.h"

namespace weir::tool {

struct CompareOptions {
  Matrix matrix;
  std::string reference;  // id of a variant; empty: clang's first, else weir's first
  measure::Plan plan;     // rounds 0: nothing is timed
  size_t traced_packets = 64;
  bool code = true;  // listings and remarks too
};

// Where the packets come from.
struct PacketSource {
  std::vector<std::vector<uint8_t>> packets;  // as the hook takes them
  std::string what;
};

struct ComparedProgram {
  Json json;
  bool differs = false;  // a variant did something else than the reference
};
Result<ComparedProgram> compare_program(Subject subject, const PacketSource& packets,
                                        const CompareOptions& options, PluginCompiler& compiler);

// What the program does on the packets, counted by the interpreter.
Result<BranchProfile> profile_program(const Subject& subject, measure::Inputs& inputs);

// The room around each packet that a hook kind's programs may want.
measure::Room room_at(ContextKind kind);

}  // namespace weir::tool
