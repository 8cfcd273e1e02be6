// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "frontend/verifier/verifier.h"
#include "measure/hook_runner.h"
#include "runtime/native/native_object.h"
#include "tools/compare/candidate.h"

namespace weir::tool {

namespace {

double ns_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// The program is compiled twice: as it always is, for time, and telling about itself. `made`: the
// code that runs; empty: the second one's, which has another line table and the same code.
Status look_at_code(const VerifiedProgram& verified, ByteSpan made, PluginCompiler& compiler,
                    Candidate& out) {
  WEIR_TRY(const CompilerPlugin* plugin, compiler.plugin());
  WEIR_TRY(out.report, plugin->report_code(verified));
  if (made.empty()) {
    out.code = out.report->code;
  } else {
    out.code.assign(made.begin(), made.end());
  }
  WEIR_TRY(out.machine, plugin->analyze_machine_code(out.code, ""));
  // The listing has labels, and the same instructions.
  std::vector<std::optional<uint32_t>> insns(std::max(out.code.size(), out.report->code.size()));
  for (const ListingLine& line : out.report->machine) {
    if (line.size != 0) insns[line.address] = line.insn;
  }
  for (const MachineInsn& insn : out.machine->insns) out.places.push_back({.insn = insns[insn.at]});
  return {};
}

}  // namespace

Status build_weir(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                  Candidate& out) {
  const Variant& variant = out.variant;
  CompileOptions options;
  options.policy = variant.policy;
  options.context = subject.kind;
  options.helpers = subject.helpers;
  options.opt_level = variant.level;
  options.inlining = variant.inlining;
  options.debug_info = DebugInfo::kNone;
  if (variant.profiled) options.profile = subject.profile;
  WEIR_TRY(options.cpu, parse_cpu(variant.cpu.empty() ? "native" : variant.cpu));
  const HookSetup setup{subject.kind, subject.helpers, subject.program.maps, &inputs,
                        subject.prepared ? &*subject.prepared : nullptr};
  const auto start = Clock::now();
  WEIR_TRY(const VerifiedProgram verified, verify(subject.program, options));
  out.accesses = verified.facts().accesses;
  out.proven = verified.facts().proven;
  if (variant.builder == Builder::kInterpreter) {
    WEIR_TRY(std::shared_ptr<const InterpCode> code, InterpCode::make(verified));
    out.load_ns = ns_since(start);
    WEIR_TRY(out.runner, run_at_hook(setup, std::move(code)));
    return {};
  }
  if (variant.builder == Builder::kJit) {
    WEIR_TRY(const CompilerPlugin* plugin, compiler.plugin());
    WEIR_TRY(std::shared_ptr<const JitCode> jit, plugin->compile_jit(verified));
    out.compile_ns = ns_since(start);
    out.runs_at = jit->machine_code().data();
    WEIR_CHECK(look_at_code(verified, jit->machine_code(), compiler, out));
    const EntryFn entry = jit->entry();
    WEIR_TRY(out.runner, run_at_hook(setup, entry, std::move(jit)));
    return {};
  }
  WEIR_TRY(std::vector<uint8_t> bytes, compiler.compile_object({&verified, 1}));
  out.compile_ns = ns_since(start);
  WEIR_CHECK(look_at_code(verified, {}, compiler, out));
  {
    const auto loading = Clock::now();
    WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(bytes)));
    WEIR_TRY(const std::shared_ptr<const Image> image, Image::map_trusted(object));
    out.load_ns = ns_since(loading);
  }
  WEIR_TRY(const NativeObject object, NativeObject::parse(out.report->object));
  WEIR_TRY(std::shared_ptr<const Image> image, Image::map_trusted(object));
  const EntryFn entry = image->entry(0);
  out.runs_at = reinterpret_cast<const uint8_t*>(entry) - object.manifest().programs[0].entry;
  WEIR_TRY(out.runner, run_at_hook(setup, entry, std::move(image)));
  return {};
}

}  // namespace weir::tool
