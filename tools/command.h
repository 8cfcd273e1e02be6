// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The subcommands of weir. Each add_*_command() is one file: it declares the options and what
// happens when the command is chosen. Reading input, printing and the shared options are in files
// of their own; what a library user would need is in the libraries.
#pragma once

#include <CLI/CLI.hpp>

namespace weir::tool {

// Exit codes. 64 is EX_USAGE of <sysexits.h>.
enum class Exit : int { kOk = 0, kFailed = 1, kUsage = 64 };

// The worse of two.
inline Exit worst(Exit a, Exit b) {
  return a == Exit::kOk ? b : a;
}

// Each adds its subcommand to `app`; the command leaves its result in `exit`, which outlives `app`.
void add_compile_command(CLI::App& app, Exit& exit);
void add_run_command(CLI::App& app, Exit& exit);
void add_attach_command(CLI::App& app, Exit& exit);
void add_qemu_command(CLI::App& app, Exit& exit);
void add_filter_command(CLI::App& app, Exit& exit);
void add_map_command(CLI::App& app, Exit& exit);
void add_test_command(CLI::App& app, Exit& exit);
void add_verify_command(CLI::App& app, Exit& exit);
void add_disasm_command(CLI::App& app, Exit& exit);
void add_asm_command(CLI::App& app, Exit& exit);
void add_objdump_command(CLI::App& app, Exit& exit);
void add_compile_server_command(CLI::App& app, Exit& exit);
void add_compare_command(CLI::App& app, Exit& exit);
void add_cache_command(CLI::App& app, Exit& exit);
void add_key_command(CLI::App& app, Exit& exit);
void add_sign_command(CLI::App& app, Exit& exit);
void add_policy_command(CLI::App& app, Exit& exit);
void add_survey_command(CLI::App& app, Exit& exit);
void add_feature_command(CLI::App& app, Exit& exit);

}  // namespace weir::tool
