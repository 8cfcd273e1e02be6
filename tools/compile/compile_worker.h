// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One job of `weir compile`, as a worker does it (worker_pool.h): the programs of a file for one
// CPU into the cache, or for all CPUs into one object. Requests and answers are JSON.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/compile/input_list.h"
#include "tools/compile/worker_pool.h"
#include "tools/options.h"
#include "tools/output.h"

namespace weir::tool {

class ProfileFile;  // tools/profile_file.h

// What all jobs have in common.
struct CompilePlan {
  std::vector<InputFile> files;
  std::vector<std::string> outputs;    // parallel to files; empty: into the cache
  std::vector<CompileChoice> targets;  // one for each CPU
  ProgramChoice program;
  CacheChoice cache;
  std::shared_ptr<const Trust> trust;
  std::shared_ptr<const ProfileFile> profile;  // null: nothing is known of how programs run
  std::shared_ptr<const Signer> signer;        // of objects; null: they are not signed
};

// The request: {"file": index, "target": index, "only": [indexes of programs]}. Without "only" all
// that were chosen; a job for an object has no "target".
//
// The answer:
//   programs  [{index, state: "hit"|"compiled", text, json, warnings: [...], kept}]
//   busy      [indexes of programs that somebody else is compiling: ask again later]
//   errors    [{text, json, usage}]
//   warnings  [...]
// and when there are no more requests:
//   remotes   [{name, hits, misses, refused, failures, uploads, bytes_down, bytes_up}]
//   warnings  [...]
// `plan` outlives the worker.
std::unique_ptr<WorkerBody> make_compile_worker(const CompilePlan& plan);

Json error_answer(const Error& error);

}  // namespace weir::tool
