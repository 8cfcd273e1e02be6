// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program built in one way, ready to run, with what is known of its machine code.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codegen/code_report.h"
#include "measure/hook_runner.h"
#include "measure/inputs.h"
#include "runtime/engine/map_set.h"
#include "tools/compare/variant.h"
#include "tools/inputs.h"
#include "tools/plugin_compiler.h"

namespace weir::tool {

using measure::HookSetup;
using measure::SetupProgram;

// What all variants of one program are built from.
struct Subject {
  const Input* input = nullptr;
  Program program;  // linked; what variants are made of
  ContextKind kind = ContextKind::kMemory;
  HelperSet helpers = HelperSet::kNone;
  std::string source;    // C; empty: none
  std::string function;  // of it
  std::vector<std::string> clang_options;
  std::shared_ptr<const BranchProfile> profile;
  std::optional<Program> setup;          // fills the maps; of the same hook kind
  std::optional<SetupProgram> prepared;  // the same, ready to run
  std::string folder;                    // for temporary files
};

// Where an instruction of machine code comes from.
struct CodePlace {
  std::optional<uint32_t> insn;  // of the program
  std::string file;              // or of a C source
  uint32_t line = 0;
};

struct Candidate {
  Variant variant;
  std::optional<Error> error;  // it could not be had: nothing below is there
  std::unique_ptr<measure::Runner> runner;

  std::vector<uint8_t> code;         // empty: nobody can see it
  const uint8_t* runs_at = nullptr;  // where in memory it runs; null: not in this process
  std::optional<MachineCode> machine;
  std::vector<CodePlace> places;     // parallel to machine->insns
  std::optional<CodeReport> report;  // of weir's own compilations
  std::optional<uint32_t> accesses, proven;
  double compile_ns = 0, load_ns = 0;  // 0: there is no such thing
};

// Each fills a candidate that has its variant. An error says why it cannot be had; what is filled
// by then means nothing.
Status build_weir(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                  Candidate& out);
Status build_clang(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                   Candidate& out);
Status build_kernel(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                    Candidate& out);
// Of programs that take bytes, without maps, calls and loops.
Status build_dpdk(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                  Candidate& out);
// Of classic filters only.
Status build_pcap(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                  Candidate& out);

}  // namespace weir::tool
