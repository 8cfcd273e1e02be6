// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "tests/filetests/filetest.h"

namespace weir::test {

void bless_run(Filetest& test, const RunLine& run, const Outcome& outcome) {
  std::string& line = test.lines[run.line];
  std::string text = fmt::format("{}; run:{}", line.substr(0, line.find(';')), run.input_text);
  if (outcome.trap) {
    const bool same = run.trap && run.trap->code == outcome.trap.code;
    text += fmt::format(" trap={}@{}", trap_name(outcome.trap.code),
                        same ? run.trap->where : std::to_string(outcome.trap.insn));
  } else if (run.any_r0) {
    text += " r0=any";
  } else {
    text += fmt::format(" r0={:#x}", outcome.r0);
  }
  if (outcome.memory != run.input.memory) {
    text += fmt::format(" mem_after={}", write_bytes(outcome.memory));
  }
  if (run.budget) text += fmt::format(" budget_left={}", outcome.budget);
  line = std::move(text);
}

void bless_error(Filetest& test, const ErrorLine& error, std::string_view text) {
  std::string& line = test.lines[error.line];
  line = fmt::format("{}; error: {}", line.substr(0, error.column), text);
}

}  // namespace weir::test
