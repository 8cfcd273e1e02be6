// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whose machine code a host runs. A Trust is what the host's policy files and key folders come to;
// every store and every loader asks it before it gives an object to anybody. docs/CACHE.md has the
// threat model.
//
// Without any file, the built-in rules hold: what this user (or, for a system store, root) wrote is
// used, and nothing that came over a network is, unless a trusted key signed it. That last rule no
// file can weaken. Of several policies all must agree.
//
// An entry is judged in this order, and nothing of it is unpacked before it has passed:
// whole (entry.h), made for the key that was asked for, not revoked, signed well enough.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cache/entry.h"
#include "cache/host_policy.h"
#include "cache/key_folder.h"
#include "cache/origin.h"

namespace weir {

// What a Trust is made from.
struct TrustSources {
  struct Named {
    std::string path;
    bool must_exist = false;
  };
  std::vector<Named> policies;
  std::vector<std::string> key_folders;  // one that is not there has no keys

  // The machine's (/etc/weir/policy.json, /etc/weir/keys) and the user's: $WEIR_HOST_POLICY, else
  // $XDG_CONFIG_HOME/weir/policy.json; default_key_folder(). Set-user-ID programs see no
  // environment.
  static TrustSources defaults();
  // The same with `path` in place of the user's policy.
  static TrustSources with_policy(std::string path);
};

class Trust {
 public:
  // The built-in rules, and no key.
  Trust() = default;
  Trust(std::vector<HostPolicy> policies, std::vector<TrustedKey> keys, Revocations revoked);
  // Errors: CacheOwner, NotFound, Usage. A host that cannot have its policy must not go on without.
  static Result<Trust> load(const TrustSources& sources);

  // One more policy that must agree.
  void add(HostPolicy policy);

  bool needs_signature(Origin origin) const;
  // Whether bytes with these signatures may be used. Error: CacheOwner, which says what is missing
  // and how to mend it.
  Status check(const SignedBody& body, std::span<const Signature> signatures, Origin origin) const;
  // The same, and that neither the entry's key is revoked.
  Status check_entry(const EntryView& entry, Origin origin) const;
  // Of the digest of an object, or of the file of one. Error: CacheOwner.
  Status check_not_revoked(const Digest& digest) const;
  // Whether there is a reason to compute one.
  bool revokes_digests() const { return !revoked_.digests.empty(); }

  // For what the cache does not understand (runtime/engine/admission.h).
  std::span<const HostPolicy> policies() const { return policies_; }
  std::span<const TrustedKey> keys() const { return keys_; }
  // Null: no key of that id is trusted.
  const TrustedKey* find_key(const KeyId& id) const;
  const Revocations& revocations() const { return revoked_; }

 private:
  // Why a signature does not count for a policy; nothing: it does.
  std::optional<Error> fault(const SignedBody& body, const Signature& signature,
                             const HostPolicy& policy) const;
  Status check_signed(const SignedBody& body, std::span<const Signature> signatures, Origin origin,
                      const HostPolicy& policy) const;

  std::vector<HostPolicy> policies_;
  std::vector<TrustedKey> keys_;
  Revocations revoked_;  // of the folders and of all policies
};

// The way of every entry into a process: opened, judged, unpacked, its object not revoked. Errors:
// those of open_entry(), unpack_entry() and Trust.
Result<Entry> take_entry(ByteSpan file, const Digest& key, const Trust& trust, Origin origin);

}  // namespace weir
