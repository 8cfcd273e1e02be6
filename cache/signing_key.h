// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keys that sign, and keys that check. Secrets live in memory that is not swapped out and is wiped
// when it is given back (libsodium's sodium_malloc); they are never part of a message, and the only
// way out of this class is a file that nobody but its owner may read.
//
// A key file is one line of text: "weir-secret-key ed25519 HEX", "weir-shared-key blake2b HEX" or
// "weir-public-key ed25519 HEX".
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "cache/signature.h"

namespace weir {

// The half that everybody may have.
struct PublicKey {
  std::array<uint8_t, 32> bytes{};
  KeyId id() const;
  // With the newline.
  std::string to_text() const;
  // Errors: Usage.
  static Result<PublicKey> from_text(std::string_view text);
  bool operator==(const PublicKey&) const = default;
};

class SigningKey {
 public:
  // Errors: CacheUnavailable (no random bytes), OutOfMemory.
  static Result<SigningKey> generate(SignatureKind kind);
  // Of its 32 secret bytes, which the caller wipes.
  static Result<SigningKey> from_seed(SignatureKind kind, std::span<const uint8_t, 32> seed);
  // A file that belongs to this user and that nobody else may read or write. Errors: CacheOwner
  // (with the command that mends it), NotFound, Usage (no key), Io.
  static Result<SigningKey> read(const std::string& path);
  // A new file of mode 0600 in an open folder. Errors: Usage (it is there already), Io.
  Status write_new(int folder, const std::string& name, std::string_view shown) const;

  SignatureKind kind() const { return kind_; }
  const KeyId& id() const { return id_; }
  // Nothing for a shared key.
  std::optional<PublicKey> public_key() const;

  Signature sign(const SignedBody& body, UnixTime signed_at, UnixTime expires) const;
  // Of a shared key: whether the signature is one that sign() gives.
  bool made(const SignedBody& body, const Signature& signature) const;

 private:
  struct Wipe {
    void operator()(uint8_t* secret) const;
  };
  SigningKey() = default;
  SignatureKind kind_ = SignatureKind::kEd25519;
  KeyId id_;
  PublicKey public_;
  std::unique_ptr<uint8_t[], Wipe> seed_;    // 32 bytes
  std::unique_ptr<uint8_t[], Wipe> secret_;  // what libsodium signs with; of kEd25519
};

// Whether the holder of the secret half signed this. Times and who the holder is are not looked at.
bool signature_holds(const PublicKey& key, const SignedBody& body, const Signature& signature);

// What a writer of entries and objects signs with.
struct Signer {
  std::shared_ptr<const SigningKey> key;
  std::optional<UnixTime> at;                     // empty: now
  std::optional<std::chrono::seconds> valid_for;  // empty: for ever

  Signature sign(const SignedBody& body) const;
};

UnixTime unix_now();

}  // namespace weir
