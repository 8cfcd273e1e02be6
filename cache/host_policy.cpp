// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/host_policy.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "cache/age_text.h"
#include "cache/folder.h"
#include "cache/no_throw.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

using Json = nlohmann::json;

constexpr size_t kMaxPolicyFile = 1 << 20;
constexpr std::string_view kMembers =
    "require_signature, signers, signed_after, max_signature_age, revoked, policies, hooks, "
    "targets, compilers, min_analysis, reverify";

Error bad_member(std::string_view member, std::string_view what) {
  return Error(ErrorCode::kUsage, fmt::format("'{}': {}", printable(member), what));
}

// The strings of a list.
Result<std::vector<std::string>> strings(std::string_view member, const Json& value) {
  if (!value.is_array()) return bad_member(member, "is no list");
  std::vector<std::string> out;
  for (const Json& item : value) {
    if (!item.is_string()) return bad_member(member, "a list of strings was expected");
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<std::string> one_string(std::string_view member, const Json& value) {
  if (!value.is_string()) return bad_member(member, "is no string");
  return value.get<std::string>();
}

Result<Origins> origins(std::string_view member, const Json& value) {
  WEIR_TRY(const std::vector<std::string> names, strings(member, value));
  Origins out;
  for (const std::string& name : names) {
    const auto origin = origin_from_name(name);
    if (!origin) {
      return bad_member(
          member, fmt::format("'{}' is none of local, system, remote and file", printable(name)));
    }
    out.add(*origin);
  }
  return out;
}

Status read_revoked(const Json& value, HostPolicy& policy) {
  WEIR_TRY(const std::vector<std::string> all, strings("revoked", value));
  for (const std::string& text : all) {
    if (auto digest = Digest::from_hex(text)) {
      policy.revoked.push_back(*digest);
    } else if (auto key = KeyId::from_hex(text)) {
      policy.revoked_keys.push_back(*key);
    } else {
      return bad_member("revoked",
                        fmt::format("'{}' is neither a digest (64 hex digits) nor the id of a key "
                                    "(32 hex digits)",
                                    printable(text)));
    }
  }
  return {};
}

Status read_member(const std::string& name, const Json& value, HostPolicy& policy) {
  if (name == "require_signature") {
    WEIR_TRY(policy.require_signature, origins(name, value));
  } else if (name == "reverify") {
    WEIR_TRY(policy.reverify, origins(name, value));
  } else if (name == "signers") {
    WEIR_TRY(policy.signers, strings(name, value));
  } else if (name == "policies") {
    WEIR_TRY(policy.policies, strings(name, value));
  } else if (name == "hooks") {
    WEIR_TRY(policy.hooks, strings(name, value));
  } else if (name == "targets") {
    WEIR_TRY(policy.targets, strings(name, value));
  } else if (name == "compilers") {
    WEIR_TRY(policy.compilers, strings(name, value));
  } else if (name == "revoked") {
    WEIR_CHECK(read_revoked(value, policy));
  } else if (name == "signed_after") {
    WEIR_TRY(const std::string text, one_string(name, value));
    auto time = parse_time(text);
    if (!time) return bad_member(name, time.error().message()).with_hint(time.error().hint());
    policy.signed_after = *time;
  } else if (name == "max_signature_age") {
    WEIR_TRY(const std::string text, one_string(name, value));
    auto age = parse_age(text);
    if (!age) return bad_member(name, age.error().message()).with_hint(age.error().hint());
    policy.max_signature_age = *age;
  } else if (name == "min_analysis") {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > UINT32_MAX) {
      return bad_member(name, "is no number of 32 bits");
    }
    policy.min_analysis = value.get<uint32_t>();
  } else {
    return bad_member(name, "is not known").with_hint(fmt::format("known are {}", kMembers));
  }
  return {};
}

}  // namespace

Result<HostPolicy> HostPolicy::parse(std::string_view text, const std::string& path) {
  return without_exceptions([&]() -> Result<HostPolicy> {
    HostPolicy policy;
    policy.path = path;
    // A member that stands there twice would silently be the second one.
    std::vector<std::string> seen;
    std::string twice;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::key && depth == 1) {
        const auto& name = parsed.get_ref<const std::string&>();
        if (std::ranges::find(seen, name) != seen.end()) twice = name;
        seen.push_back(name);
      }
      return true;
    };
    const Json root = Json::parse(text, watch, false, true);
    if (root.is_discarded() || !root.is_object()) {
      return Error(ErrorCode::kUsage, "the host policy is no JSON object").in_file(path);
    }
    if (!twice.empty()) return bad_member(twice, "stands there twice").in_file(path);
    for (const auto& [name, value] : root.items()) {
      Status read = read_member(name, value, policy);
      if (!read) return read.take_error().in_file(path);
    }
    return policy;
  });
}

Result<HostPolicy> HostPolicy::read(const std::string& path) {
  return without_exceptions([&]() -> Result<HostPolicy> {
    WEIR_TRY(const OpenedFile file, open_config_file(AT_FDCWD, path.c_str(), path));
    if (!file.fd) return Error(ErrorCode::kNotFound, "there is no such host policy").in_file(path);
    WEIR_TRY(const Buffer bytes, read_start(file.fd.get(), kMaxPolicyFile + 1, path));
    if (bytes.size > kMaxPolicyFile) {
      return Error(ErrorCode::kLimit,
                   fmt::format("a host policy has at most {} bytes", kMaxPolicyFile))
          .in_file(path);
    }
    return parse(as_text(bytes.span()), path);
  });
}

}  // namespace weir
