// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir policy: what this host asks of native code, and whether its policy files say what their
// author means.
#include <fmt/format.h>

#include "cache/age_text.h"
#include "frontend/support/text.h"
#include "runtime/engine/admission.h"
#include "tools/options.h"
#include "tools/output.h"

namespace weir::tool {

namespace {

struct PolicyCommand {
  std::vector<std::string> files;
  CacheChoice cache;
  OutputOptions out;
};

Json names_json(const std::vector<std::string>& names) {
  Json out = Json::array();
  for (const std::string& name : names) out.push_back(printable(name));
  return out;
}

Json origins_json(const Origins& origins) {
  Json out = Json::array();
  for (const Origin origin : kOrigins) {
    if (origins.has(origin)) out.push_back(origin_name(origin));
  }
  return out;
}

// The members that it has, as they would be written.
Json policy_json(const HostPolicy& policy) {
  Json out = {{"file", printable(policy.path, 4096)},
              {"require_signature", origins_json(policy.require_signature)},
              {"reverify", origins_json(policy.reverify)}};
  const auto put = [&out](const char* member,
                          const std::optional<std::vector<std::string>>& names) {
    if (names) out[member] = names_json(*names);
  };
  put("signers", policy.signers);
  put("policies", policy.policies);
  put("hooks", policy.hooks);
  put("targets", policy.targets);
  put("compilers", policy.compilers);
  if (policy.signed_after) out["signed_after"] = format_time(*policy.signed_after);
  if (policy.max_signature_age) out["max_signature_age"] = format_age(*policy.max_signature_age);
  if (policy.min_analysis != 0) out["min_analysis"] = policy.min_analysis;
  Json revoked = Json::array();
  for (const Digest& digest : policy.revoked) revoked.push_back(digest.hex());
  for (const KeyId& key : policy.revoked_keys) revoked.push_back(key.hex());
  if (!revoked.empty()) out["revoked"] = std::move(revoked);
  return out;
}

Exit run_show(const PolicyCommand& command) {
  auto trust = command.cache.trust();
  if (!trust) return fail(trust.error(), command.out);
  Json policies = Json::array();
  for (const HostPolicy& policy : (*trust)->policies()) policies.push_back(policy_json(policy));
  Json keys = Json::array();
  for (const TrustedKey& key : (*trust)->keys()) {
    keys.push_back({{"name", key.name}, {"id", key.id.hex()}, {"file", printable(key.path, 4096)}});
  }
  if (command.out.as_json()) {
    print_json({{"policies", std::move(policies)}, {"trusted_keys", std::move(keys)}}, command.out);
    return Exit::kOk;
  }
  for (const Json& policy : policies) fmt::print("{}\n", policy.dump(2));
  if (policies.empty()) fmt::print("there is no host policy\n");
  for (const Origin origin : kOrigins) {
    fmt::print("{:<7} {}\n", origin_name(origin),
               (*trust)->needs_signature(origin) ? "must be signed" : "need not be signed");
  }
  fmt::print("trusted keys: {}\n", keys.size());
  return Exit::kOk;
}

Exit run_check(const PolicyCommand& command) {
  Exit exit = Exit::kOk;
  Json files = Json::array();
  for (const std::string& path : command.files) {
    auto policy = HostPolicy::read(path);
    const Status known = policy ? check_names(*policy) : Status(policy.take_error());
    Json one = {{"file", printable(path, 4096)}, {"good", known.has_value()}};
    if (!known) {
      one["error"] = to_json(known.error());
      print_error(known.error());
      exit = Exit::kFailed;
    } else if (!command.out.as_json()) {
      fmt::print("{}: good\n", printable(path, 4096));
    }
    files.push_back(std::move(one));
  }
  if (command.out.as_json()) print_json({{"files", std::move(files)}}, command.out);
  return exit;
}

}  // namespace

void add_policy_command(CLI::App& app, Exit& exit) {
  auto* group = app.add_subcommand("policy", "What this host asks of native code");
  group->require_subcommand(1);
  group->footer(
      "Example:\n"
      "  weir policy check /etc/weir/policy.json\n"
      "  weir policy show");
  auto command = std::make_shared<PolicyCommand>();
  CLI::App* show = group->add_subcommand("show", "The policies and keys that count here");
  add_host_policy(*show, command->cache);
  add_output_options(*show, command->out);
  show->footer("Example:\n  weir policy show --json");
  show->callback([command, &exit] { exit = run_show(*command); });
  CLI::App* check = group->add_subcommand("check", "Whether policy files are good");
  check->add_option("FILES", command->files, "Policy files")->required();
  add_output_options(*check, command->out);
  check->footer("Example:\n  weir policy check policy.json");
  check->callback([command, &exit] { exit = run_check(*command); });
}

}  // namespace weir::tool
