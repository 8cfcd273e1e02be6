// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an input file to an Executable, for the commands that run programs: one way, so that
// `weir compile`, `weir run` and `weir filter` mean the same program by the same words and find
// each other's cache entries.
#pragma once

#include <chrono>
#include <memory>

#include "runtime/engine/map_set.h"
#include "runtime/engine/program_set.h"
#include "tools/inputs.h"
#include "tools/options.h"
#include "tools/output.h"

namespace weir::tool {

struct LoadChoice {
  ProgramChoice program;
  CompileChoice compile;
  EngineChoice engine;
  CacheChoice cache;
  // The interpreter counts what programs do (LoadOptions::count); write_profile() keeps it.
  bool count = false;
  // Map definitions as a test run of the kernel's takes them: what has no max_entries counts as 64
  // (a ring buffer 4096), buffers have no keys and values, per-CPU maps one CPU.
  bool test_run_maps = false;
  // Programs to load beside the chosen one and those that its program arrays name.
  std::vector<std::string> also;
  // Maps are pinned: all of the program in maps.pin_folder, or, where that is empty, those that ask
  // for it in the default folder, if there is one.
  bool pins = false;
  MapSetOptions maps;  // its `btf` is the input's
  // Who compiles native objects; null: this process. And who does so while the program runs
  // already, with engine auto; null: it is compiled before.
  CompilerProvider* compiler = nullptr;
  LaterCompiler* later = nullptr;
};
void add_load_choice(CLI::App& command, LoadChoice& choice, bool with_at);

struct LoadedProgram {
  std::shared_ptr<const Executable> executable;
  MapSet maps;  // new ones, as the program defines them
  // Number 0 is the program; the others are those that its program arrays hold from the start, and
  // theirs. Programs of the file that see a map of the same name and shape share it.
  ProgramSet programs;
  // That it took until the program could run: key, lookup and mapping, or analysis and compilation.
  // Reading the file is not in it.
  std::chrono::nanoseconds load_time{};
  CacheReport cache;  // executable->cache(), or why there was no cache
  // Kept open: what was compiled may still be on its way to a remote store while the program runs.
  std::shared_ptr<OptionalCache> opened_cache;
};

// The one program that was chosen. An explicit --at that contradicts a native object is an error.
Result<LoadedProgram> load(const Input& input, const LoadChoice& choice);

// Adds what the programs did to a profile file, or begins one.
Status write_profile(const std::string& path, std::span<const LoadedProgram> loaded);

// "aot, 96 bytes of code, 2 of 2 accesses proven, policy guard"
std::string engine_text(const Executable& program);
// Problems of the cache, and why the interpreter runs what was to be native.
void warn_of_load(const LoadedProgram& loaded);
// "engine", "policy", "cache", "load_ns", ...
Json load_json(const LoadedProgram& loaded);

}  // namespace weir::tool
