// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a host asks of machine code before it runs in it: the policy file. docs/CACHE.md shows one
// and explains each member. It is JSON, and may have comments (// and /* */):
//
//     {
//       "require_signature": ["system", "remote", "file"],
//       "signers": ["build-server"],
//       "policies": ["strict", "guard"]
//     }
//
// A member that is not there asks for nothing. One that is not known, or is no list where there
// should be one, makes the whole file an Error: a typing mistake must not open a door.
//
// Here stands what the file says. Signatures and digests are trust.h's business; policies, hooks
// and targets are names to the cache, and are compared by whoever knows what they mean
// (runtime/engine/admission.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cache/digest.h"
#include "cache/origin.h"
#include "cache/signature.h"

namespace weir {

struct HostPolicy {
  std::string path;  // of the file, for messages; empty: built in

  // Who may sign, and when.
  Origins require_signature;                        // kRemote always counts as one
  std::optional<std::vector<std::string>> signers;  // names or ids of keys; empty: all trusted ones
  std::optional<UnixTime> signed_after;             // older signatures are no good
  std::optional<std::chrono::seconds> max_signature_age;
  std::vector<Digest> revoked;  // keys of entries, or digests of objects
  std::vector<KeyId> revoked_keys;

  // What may run. Empty: anything.
  std::optional<std::vector<std::string>> policies;   // "strict", "guard", "trusted"
  std::optional<std::vector<std::string>> hooks;      // hook kinds, "xdp"
  std::optional<std::vector<std::string>> targets;    // "x86_64", "aarch64"
  std::optional<std::vector<std::string>> compilers;  // "weir 0.1.0, LLVM 19.1.7"
  uint32_t min_analysis = 0;                          // version of the analysis that accepted it
  // From these the carried bytecode is analysed again when it is loaded.
  Origins reverify;

  // Errors: Usage, with the member.
  static Result<HostPolicy> parse(std::string_view text, const std::string& path);
  // A file that belongs to this user or to root and that nobody else may write. Errors: CacheOwner,
  // NotFound, Usage.
  static Result<HostPolicy> read(const std::string& path);
};

}  // namespace weir
