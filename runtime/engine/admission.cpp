// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/admission.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "runtime/abi/artifact.h"

namespace weir {

namespace {

using Names = std::optional<std::vector<std::string>>;

bool allows(const Names& names, std::string_view name) {
  return !names || std::ranges::find(*names, name) != names->end();
}

Error refused(const HostPolicy& policy, std::string_view what, std::string_view member,
              const Names& names) {
  std::string list;
  for (const std::string& name : *names) {
    list += (list.empty() ? "" : ", ") + printable(name);
  }
  return Error(ErrorCode::kProgramRejected,
               fmt::format("{}, which the host policy {} does not allow", what, policy.path))
      .with_hint(fmt::format("\"{}\" allows {}", member, list.empty() ? "none" : list));
}

Status check_policy_and_hook(const HostPolicy& host, Policy policy, ContextKind hook) {
  if (!allows(host.policies, policy_name(policy))) {
    return refused(host, fmt::format("policy {}", policy_name(policy)), "policies", host.policies);
  }
  if (!allows(host.hooks, context_name(hook))) {
    return refused(host, fmt::format("a program for {}", context_name(hook)), "hooks", host.hooks);
  }
  return {};
}

Status check_code(const HostPolicy& host, const Manifest& manifest) {
  const std::string_view arch = arch_name(manifest.cpu.arch);
  if (!allows(host.targets, arch)) {
    return refused(host, fmt::format("code for {}", arch), "targets", host.targets);
  }
  if (!allows(host.compilers, manifest.compiler)) {
    return refused(host, fmt::format("code by {}", printable(manifest.compiler)), "compilers",
                   host.compilers);
  }
  if (manifest.analysis < host.min_analysis) {
    return Error(ErrorCode::kProgramRejected,
                 fmt::format("accepted by version {} of the analysis, and the host policy {} asks "
                             "for {}",
                             manifest.analysis, host.path, host.min_analysis))
        .with_hint("compile the program again");
  }
  return {};
}

// The analysis once more. It must also find what the manifest says it found: other numbers mean
// other bytecode or another analysis than the code was made with.
Status reverify(const NativeObject& object, size_t index) {
  const Manifest& manifest = object.manifest();
  const ManifestProgram& entry = manifest.programs[index];
  CompileOptions options;
  options.policy = manifest.policy;
  options.opt_level = manifest.opt_level;
  options.cpu = manifest.cpu;
  options.context = entry.context;
  options.helpers = entry.helpers;
  WEIR_TRY(Program program, object.program(index));
  WEIR_TRY(const VerifiedProgram verified, verify(std::move(program), options));
  const Facts& facts = verified.facts();
  if (facts.accesses == entry.accesses && facts.proven == entry.proven) return {};
  return Error(
             ErrorCode::kProgramRejected,
             fmt::format("the manifest says {} of {} accesses are proven, but the analysis of the "
                         "carried bytecode proves {} of {}",
                         entry.proven, entry.accesses, facts.proven, facts.accesses))
      .in_program(entry.name)
      .with_hint("compile the program again");
}

bool known_target(std::string_view name) {
  return name == arch_name(Arch::kX86_64) || name == arch_name(Arch::kAarch64);
}

template <class Known>
Status check_known(const HostPolicy& host, std::string_view member, const Names& names,
                   Known known) {
  if (!names) return {};
  for (const std::string& name : *names) {
    if (known(name)) continue;
    return Error(ErrorCode::kUsage, fmt::format("'{}': there is no '{}'", member, printable(name)))
        .in_file(host.path);
  }
  return {};
}

}  // namespace

Status check_names(const HostPolicy& policy) {
  WEIR_CHECK(check_known(policy, "policies", policy.policies, [](const std::string& name) {
    return policy_from_name(name).has_value();
  }));
  WEIR_CHECK(check_known(policy, "hooks", policy.hooks, [](const std::string& name) {
    return context_from_name(name).has_value();
  }));
  return check_known(policy, "targets", policy.targets, known_target);
}

Status admit_program(const Trust& trust, const Program& program, const CompileOptions& options) {
  for (const HostPolicy& host : trust.policies()) {
    Status admitted = check_policy_and_hook(host, options.policy, options.context);
    if (!admitted) return admitted.take_error().in_program(program.name);
  }
  return {};
}

Status admit_object(const Trust& trust, const NativeObject& object, size_t index, Origin origin) {
  const ManifestProgram& entry = object.manifest().programs[index];
  if (origin == Origin::kFile && (trust.needs_signature(origin) || trust.revokes_digests())) {
    const SignedBody body = object.signed_body();
    WEIR_CHECK(trust.check_not_revoked(body.digest));
    WEIR_CHECK(trust.check(body, object.signatures(), origin));
  }
  bool again = false;
  for (const HostPolicy& host : trust.policies()) {
    Status admitted = check_policy_and_hook(host, object.manifest().policy, entry.context);
    if (admitted) admitted = check_code(host, object.manifest());
    if (!admitted) return admitted.take_error().in_program(entry.name);
    again |= host.reverify.has(origin);
  }
  return again ? reverify(object, index) : Status();
}

}  // namespace weir
