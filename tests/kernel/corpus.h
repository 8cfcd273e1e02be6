// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files of many small programs, each with what the kernel and policy strict say of it; README.md
// shows the form.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/support/result.h"
#include "runtime/abi/contexts.h"

namespace weir::kernel_test {

struct CorpusProgram {
  std::string name;
  uint32_t line = 0;
  ContextKind kind = ContextKind::kXdp;
  std::string section;
  std::vector<MapDef> maps;
  std::string text;                   // assembler
  std::optional<std::string> reject;  // strict refuses with a message that matches; else accepts
  std::optional<bool> kernel;         // the kernel accepts; else as strict
  std::string difference;             // why the two differ, if they do
  bool kernel_accepts() const { return kernel.value_or(!reject); }
};

Result<std::vector<CorpusProgram>> read_corpus(const std::string& path);

}  // namespace weir::kernel_test
