// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two compilations with the same fields give the same machine code; that is all a cache needs to
// know, and it is computed from inputs alone. Too much in the key costs a needless compilation, too
// little runs the wrong code: so everything goes in, and structured bindings make a forgotten
// member a compile error.
#include "runtime/abi/compile_key.h"

#include <fmt/format.h>

#include "frontend/isa/program_bytes.h"
#include "frontend/support/bytes.h"
#include "runtime/abi/artifact.h"
#include "runtime/abi/exec_context.h"
#include "runtime/abi/host_hooks.h"
#include "weir/version.h"

namespace weir {

namespace {

CompileKeyField text_field(std::string_view tag, std::string_view value) {
  const ByteSpan bytes = as_bytes(value);
  return {std::string(tag), {bytes.begin(), bytes.end()}, true};
}

// The name for people; the numbers because a name need not tell all features apart.
std::string cpu_text(const CpuSpec& cpu) {
  const auto& [arch, features] = cpu;
  return fmt::format("{} ({}, features {:#x})", cpu_to_string(cpu), arch_name(arch), features);
}

std::string_view debug_info_text(DebugInfo debug_info) {
  switch (debug_info) {
    case DebugInfo::kNone: return "none";
    case DebugInfo::kSource: return "source";
    case DebugInfo::kInstructions: return "instructions";
  }
  return "unknown";
}

std::vector<uint8_t> profile_bytes(const BranchProfile* profile) {
  ByteWriter out;
  if (profile != nullptr) write_profile(out, *profile);
  return out.take();
}

}  // namespace

std::string_view compiler_identity() {
  return "weir " WEIR_VERSION ", LLVM " WEIR_LLVM_VERSION;
}

std::vector<CompileKeyField> compile_key_fields(const Program& program,
                                                const CompileOptions& options) {
  // A new option stops the build here. Give it a field below, and a line in compile_key_test.cpp.
  const auto& [policy, opt_level, cpu, context, helpers, debug_info, inlining, profile] = options;

  std::vector<CompileKeyField> fields;
  fields.reserve(12);
  fields.push_back(text_field("abi", std::to_string(kAbiVersion)));
  fields.push_back(text_field("compiler", compiler_identity()));
  fields.push_back({"program", program_to_bytes(program), false});
  fields.push_back(text_field("policy", policy_name(policy)));
  fields.push_back(text_field("opt-level", opt_level_name(opt_level)));
  fields.push_back(text_field("cpu", cpu_text(cpu)));
  fields.push_back(text_field("context", context_identity(context)));
  fields.push_back(text_field("helpers", helper_set_identity(helpers)));
  fields.push_back(text_field("debug-info", debug_info_text(debug_info)));
  fields.push_back(text_field("inlining", inlining ? "on" : "off"));
  fields.push_back({"profile", profile_bytes(profile.get()), false});
  fields.push_back(text_field("analysis", std::to_string(kAnalysisVersion)));
  return fields;
}

}  // namespace weir
