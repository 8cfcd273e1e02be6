// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program for a link: what `weir attach`, its configuration and `weir filter load` all say of
// one, how that travels to the process that filters, and how it is loaded there.
#pragma once

#include "tools/attach/control.h"
#include "tools/attach/judge.h"
#include "tools/load.h"

namespace weir::tool {

struct AttachedChoice {
  std::string link = "*";
  std::string name;  // empty: the file's, without folder and ending
  std::string file;
  uint8_t directions = attach::kBothWays;
  std::optional<uint32_t> priority;
  std::string go_on;  // results (chain.h); empty: as the program says
  LoadChoice load;
};

// --direction, --at, --pin and what says which program, and how it is compiled.
void add_attached_choice(CLI::App& command, AttachedChoice& choice);

// The choice as JSON and back; paths become absolute. Errors name the key.
Json choice_json(const AttachedChoice& choice);
Result<AttachedChoice> choice_from_json(const Json& json);

// Reads the file (or `open_file`, which is the same one) and makes the program ready.
Result<std::shared_ptr<const attach::AttachedProgram>> load_attached(
    const AttachedChoice& choice, const attach::Descriptor& open_file);

}  // namespace weir::tool
