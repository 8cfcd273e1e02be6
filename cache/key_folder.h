// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where keys are kept:
//
//     NAME.key             secret key of this user, mode 0600 (signing_key.h)
//     NAME.pub             its public half: to be given to others
//     NAME.shared          secret that signs and checks, mode 0600
//     trusted/NAME.pub     whose signatures count
//     trusted/NAME.shared  likewise
//     revoked              one line each: id of a key or a digest, then perhaps a comment
//
// The user's folder is $WEIR_KEY_DIR, else $XDG_CONFIG_HOME/weir/keys, else ~/.config/weir/keys;
// the machine's, /etc/weir/keys, counts as well. A folder or file that another user but root owns,
// or that others may write, is an Error: who can write it decides which code runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/file_io.h"
#include "cache/signing_key.h"

namespace weir {

// A key whose signatures count.
struct TrustedKey {
  std::string name;  // of its file, without the ending
  std::string path;
  KeyId id;
  SignatureKind kind = SignatureKind::kEd25519;
  PublicKey public_key;                      // of kEd25519
  std::shared_ptr<const SigningKey> shared;  // of kKeyedDigest

  bool made(const SignedBody& body, const Signature& signature) const;
};

// What is not believed any more.
struct Revocations {
  std::vector<KeyId> keys;
  std::vector<Digest> digests;  // keys of entries, or digests of objects
};

// "build-server": letters, digits, '-', '_' and '.', at most 64, none of them a dot at the start.
// So a name is a file in the folder and nothing else. Errors: Usage.
Status check_key_name(std::string_view name);

// $WEIR_KEY_DIR, ... CacheUnavailable if none is set. Set-user-ID programs see no environment.
Result<std::string> default_key_folder();
inline constexpr const char* kSystemKeyFolder = "/etc/weir/keys";

class KeyFolder {
 public:
  // `create`: makes it and its parents with mode 0700. A folder that is not there is empty
  // otherwise. Errors: CacheOwner, CacheUnavailable.
  static Result<KeyFolder> open(const std::string& path, bool create);

  const std::string& path() const { return path_; }

  // A key of this user, as its files show it.
  struct OwnKey {
    std::string name;
    SignatureKind kind = SignatureKind::kEd25519;
    std::optional<KeyId> id;       // empty: `problem`
    std::optional<Error> problem;  // the file is no key, or others may read it
  };
  Result<std::vector<OwnKey>> own_keys() const;
  Result<std::vector<TrustedKey>> trusted_keys() const;
  Result<Revocations> revocations() const;

  // Makes NAME.key and NAME.pub, or NAME.shared.
  Result<SigningKey> generate(const std::string& name, SignatureKind kind);
  // NAME.key or NAME.shared.
  Result<SigningKey> signing_key(const std::string& name) const;
  // Where the public half is.
  std::string public_path(const std::string& name) const;
  // Copies a public key into trusted/.
  Status trust(const std::string& name, const PublicKey& key);
  // Copies NAME.pub or NAME.shared of this folder into trusted/.
  Result<TrustedKey> trust_own(const std::string& name);
  // Adds a line to `revoked`, unless it is there.
  Status revoke(const KeyId& key, std::string_view comment);
  Status revoke(const Digest& digest, std::string_view comment);
  // The key of that name (own or trusted) or id. Errors: NotFound.
  Result<KeyId> find(const std::string& name_or_id) const;

 private:
  KeyFolder() = default;
  Result<UniqueFd> open_trusted(bool create) const;
  Status add_revocation(const std::string& hex, std::string_view comment);

  std::string path_;
  UniqueFd root_;  // empty: there is no folder
};

}  // namespace weir
