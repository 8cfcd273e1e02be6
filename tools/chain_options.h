// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several programs that run as a chain (runtime/hooks/chain.h): which they are, what the user says
// of each, and how their order is shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/executable.h"
#include "runtime/hooks/chain.h"
#include "tools/output.h"

namespace weir::tool {

struct ChainedProgram {
  std::string file;              // of the object
  std::string program, section;  // raw bytes; the program is named
  std::optional<uint32_t> priority;
  std::string go_on;  // results (verdict_set_from_text); empty: as the program says
};

// --priority and --go-on, NAME=VALUE each.
struct ChainOptions {
  std::vector<std::string> priority, go_on;
  bool empty() const { return priority.empty() && go_on.empty(); }
};
void add_chain_options(CLI::App& command, ChainOptions& options);

// "name=value" of an option.
Result<std::pair<std::string, std::string>> split_option(const std::string& text,
                                                         const char* option);

// kUsage: a value that is none, or a name that no program has.
Status apply_chain_options(const ChainOptions& options, std::vector<ChainedProgram>& programs);

// A program in its place.
struct ChainPlace {
  std::string file, program, section;
  ChainRules rules;
};

// The chain of those programs, in the order in which they are given; ChainLink::program is the
// index there. `infos` is parallel. Errors: programs of another kind; results that are none.
struct PlannedChain {
  Chain chain;
  std::vector<ChainPlace> places;  // in the order in which they run
};
Result<PlannedChain> plan_chain(ContextKind kind, const std::vector<ChainedProgram>& programs,
                                const std::vector<const ProgramInfo*>& infos);

// Lines: "chain     1. early (xdp), priority 10 (XDP_RUN_CONFIG), ..."
std::string chain_text(ContextKind kind, const std::vector<ChainPlace>& places);
Json chain_json(ContextKind kind, const std::vector<ChainPlace>& places);

}  // namespace weir::tool
