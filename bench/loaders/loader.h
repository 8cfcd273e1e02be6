// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loader gets from something that names a program to something that runs it. Each file of this
// folder is one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/verifier/facts.h"
#include "measure/inputs.h"
#include "runtime/abi/exec_context.h"

namespace weir::bench {

using namespace measure;

// What all loaders of one program start from.
struct LoadCase {
  std::string name;
  Program program;
  CompileOptions options;
  std::vector<uint8_t> object;  // the native object
  std::string folder;           // for files; exists, is empty at first
};

// A part of a loader's time.
struct LoadStep {
  std::string name;
  double ns;
};

class Loader {
 public:
  virtual ~Loader() = default;
  // What is timed. A second call without unload() is not allowed.
  virtual Status load() = 0;
  virtual void unload() = 0;
  // Runs what load() got; only while loaded.
  virtual uint64_t run(Packet packet) = 0;
  // Of the last load(); empty if it is one step.
  virtual std::vector<LoadStep> steps() const { return {}; }
};

struct LoaderKind {
  std::string name;  // stable, for JSON
  std::string how;
  bool slow;  // milliseconds: gets fewer repetitions
  std::function<Result<std::unique_ptr<Loader>>(const LoadCase&)> prepare;
};

LoaderKind cache_loader();
// The same with what a host policy can ask for: entries signed with Ed25519, entries with a keyed
// digest, the analysis of the carried bytecode.
LoaderKind signed_loader();
LoaderKind keyed_loader();
LoaderKind reverify_loader();
LoaderKind dlopen_loader();
LoaderKind interpreter_loader();
LoaderKind compile_loader();
LoaderKind jit_loader();

double now_ns();

// Calls compiled code as a host does; a trap gives ~0.
uint64_t run_once(EntryFn entry, Packet packet);

}  // namespace weir::bench
