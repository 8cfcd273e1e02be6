// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/trust.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>

#include "cache/age_text.h"
#include "cache/folder.h"
#include "cache/no_throw.h"

namespace weir {

namespace {

constexpr const char* kSystemPolicy = "/etc/weir/policy.json";
// Clocks of a fleet differ by minutes; a signature from further ahead is a mistake or a trick.
constexpr UnixTime kClockSlack = 3600;

Error refused(std::string message) {
  return Error(ErrorCode::kCacheOwner, std::move(message));
}

std::string rule_of(const HostPolicy& policy, Origin origin) {
  const std::string whose =
      policy.path.empty() ? "weir itself" : fmt::format("the host policy {}", policy.path);
  switch (origin) {
    case Origin::kLocal: return fmt::format("{} asks for one of entries of the cache", whose);
    case Origin::kSystem: return fmt::format("{} asks for one of entries of the system", whose);
    case Origin::kRemote: return fmt::format("{} asks for one of entries from elsewhere", whose);
    case Origin::kFile: return fmt::format("{} asks for one of native objects", whose);
  }
  return whose;
}

constexpr std::string_view kSignHint =
    "sign it with 'weir sign --key NAME', and have its public key trusted here: "
    "'weir key trust NAME.pub'";

const HostPolicy& built_in() {
  static const HostPolicy policy = [] {
    HostPolicy made;
    made.require_signature.add(Origin::kRemote);
    return made;
  }();
  return policy;
}

}  // namespace

namespace {

TrustSources keys_and_system_policy() {
  TrustSources sources;
  sources.policies.push_back({kSystemPolicy, false});
  sources.key_folders.emplace_back(kSystemKeyFolder);
  if (auto path = default_key_folder()) sources.key_folders.push_back(std::move(*path));
  return sources;
}

}  // namespace

TrustSources TrustSources::with_policy(std::string path) {
  TrustSources sources = keys_and_system_policy();
  sources.policies.push_back({std::move(path), true});
  return sources;
}

TrustSources TrustSources::defaults() {
  TrustSources sources = keys_and_system_policy();
  const char* const named = ::secure_getenv("WEIR_HOST_POLICY");
  if (auto path = config_path("WEIR_HOST_POLICY", "policy.json", "the host policy")) {
    sources.policies.push_back({std::move(*path), named != nullptr && *named != '\0'});
  }
  return sources;
}

Trust::Trust(std::vector<HostPolicy> policies, std::vector<TrustedKey> keys, Revocations revoked)
    : keys_(std::move(keys)), revoked_(std::move(revoked)) {
  for (HostPolicy& policy : policies) add(std::move(policy));
}

void Trust::add(HostPolicy policy) {
  revoked_.keys.insert(revoked_.keys.end(), policy.revoked_keys.begin(), policy.revoked_keys.end());
  revoked_.digests.insert(revoked_.digests.end(), policy.revoked.begin(), policy.revoked.end());
  policies_.push_back(std::move(policy));
}

const TrustedKey* Trust::find_key(const KeyId& id) const {
  const auto found = std::ranges::find(keys_, id, &TrustedKey::id);
  return found == keys_.end() ? nullptr : &*found;
}

Result<Trust> Trust::load(const TrustSources& sources) {
  return without_exceptions([&]() -> Result<Trust> {
    std::vector<HostPolicy> policies;
    for (const TrustSources::Named& source : sources.policies) {
      auto policy = HostPolicy::read(source.path);
      if (policy) {
        policies.push_back(std::move(*policy));
      } else if (source.must_exist || policy.error().code() != ErrorCode::kNotFound) {
        return policy.take_error();
      }
    }
    std::vector<TrustedKey> keys;
    Revocations revoked;
    for (const std::string& path : sources.key_folders) {
      WEIR_TRY(const KeyFolder folder, KeyFolder::open(path, false));
      WEIR_TRY(std::vector<TrustedKey> more, folder.trusted_keys());
      std::ranges::move(more, std::back_inserter(keys));
      WEIR_TRY(const Revocations gone, folder.revocations());
      revoked.keys.insert(revoked.keys.end(), gone.keys.begin(), gone.keys.end());
      revoked.digests.insert(revoked.digests.end(), gone.digests.begin(), gone.digests.end());
    }
    return Trust(std::move(policies), std::move(keys), std::move(revoked));
  });
}

bool Trust::needs_signature(Origin origin) const {
  return built_in().require_signature.has(origin) ||
         std::ranges::any_of(policies_, [&](const HostPolicy& policy) {
           return policy.require_signature.has(origin);
         });
}

std::optional<Error> Trust::fault(const SignedBody& body, const Signature& signature,
                                  const HostPolicy& policy) const {
  const std::string id = signature.key.hex();
  if (std::ranges::find(revoked_.keys, signature.key) != revoked_.keys.end()) {
    return refused(fmt::format("the key {} that signed it is revoked", id))
        .with_hint("sign it with another key");
  }
  const auto key = std::ranges::find_if(keys_, [&](const TrustedKey& known) {
    return known.id == signature.key && known.kind == signature.kind;
  });
  if (key == keys_.end()) {
    return refused(fmt::format("signed by the key {}, which is not trusted here", id))
        .with_hint("if you know whose key it is: 'weir key trust NAME.pub'");
  }
  if (policy.signers && std::ranges::find(*policy.signers, key->name) == policy.signers->end() &&
      std::ranges::find(*policy.signers, id) == policy.signers->end()) {
    return refused(fmt::format("signed by '{}', which {} does not name as a signer", key->name,
                               policy.path))
        .with_hint("add it to \"signers\", or sign it with a key that is there");
  }
  if (!key->made(body, signature)) {
    return refused(
               fmt::format("the signature of '{}' is not over these bytes: they were changed after "
                           "it was made, or it was taken from something else",
                           key->name))
        .with_hint("get it again from where it was made; do not sign it again");
  }
  const UnixTime now = unix_now();
  if (signature.signed_at > now + kClockSlack) {
    return refused(fmt::format("'{}' signed it in the future, at {}", key->name,
                               format_time(signature.signed_at)))
        .with_hint("check the clocks of both machines");
  }
  if (signature.expires != 0 && signature.expires <= now) {
    return refused(fmt::format("the signature of '{}' has expired at {}", key->name,
                               format_time(signature.expires)))
        .with_hint("compile and sign it again");
  }
  if (policy.signed_after && signature.signed_at < *policy.signed_after) {
    return refused(fmt::format("signed at {}, and {} takes nothing from before {}",
                               format_time(signature.signed_at), policy.path,
                               format_time(*policy.signed_after)))
        .with_hint("compile and sign it again");
  }
  if (policy.max_signature_age && signature.signed_at < now - policy.max_signature_age->count()) {
    return refused(fmt::format("signed at {}, and {} takes nothing that is older than {}",
                               format_time(signature.signed_at), policy.path,
                               format_age(*policy.max_signature_age)))
        .with_hint("compile and sign it again");
  }
  return std::nullopt;
}

Status Trust::check_signed(const SignedBody& body, std::span<const Signature> signatures,
                           Origin origin, const HostPolicy& policy) const {
  if (!policy.require_signature.has(origin)) return {};
  if (signatures.empty()) {
    return refused(fmt::format("has no signature, and {}", rule_of(policy, origin)))
        .with_hint(std::string(kSignHint));
  }
  std::optional<Error> first;
  for (const Signature& signature : signatures) {
    auto why = fault(body, signature, policy);
    if (!why) return {};
    if (!first) first = std::move(why);
  }
  return std::move(*first);
}

Status Trust::check(const SignedBody& body, std::span<const Signature> signatures,
                    Origin origin) const {
  return without_exceptions([&]() -> Status {
    WEIR_CHECK(check_signed(body, signatures, origin, built_in()));
    for (const HostPolicy& policy : policies_) {
      WEIR_CHECK(check_signed(body, signatures, origin, policy));
    }
    return {};
  });
}

Status Trust::check_entry(const EntryView& entry, Origin origin) const {
  WEIR_CHECK(check_not_revoked(entry.key));
  return check(entry.body, entry.signatures, origin);
}

Status Trust::check_not_revoked(const Digest& digest) const {
  if (std::ranges::find(revoked_.digests, digest) == revoked_.digests.end()) return {};
  return refused(fmt::format("{} is revoked", digest.hex()))
      .with_hint("compile the program again from sources that are not");
}

Result<Entry> take_entry(ByteSpan file, const Digest& key, const Trust& trust, Origin origin) {
  WEIR_TRY(const EntryView view, open_entry(file, key));
  WEIR_CHECK(trust.check_entry(view, origin));
  WEIR_TRY(Entry entry, unpack_entry(view));
  if (trust.revokes_digests()) WEIR_CHECK(trust.check_not_revoked(digest_of(entry.object)));
  return entry;
}

}  // namespace weir
