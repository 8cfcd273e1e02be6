// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signatures over bytes that become machine code in somebody's process: the records, and the block
// in which they follow what they sign. signing_key.h makes them, trust.h decides which of them
// count.
//
// Two kinds, of one size. Ed25519: who has the secret key signs, everybody can check. A keyed
// digest (BLAKE2b with a secret that a host or a fleet shares): cheaper, and who can check can also
// sign.
//
// A signature is over a statement of fixed size, not over the bytes themselves:
//
//     "weir signature 1\n", kind, what is signed, key id, time of signing, expiry,
//     number of bytes, BLAKE2b-256 of the bytes
//
// so that nothing signed as one thing passes for another, and so that times cannot be changed.
//
// The block, little-endian:
//
//     100 bytes for each signature: u32 kind, 16 bytes key id, i64 signed at and i64 expires
//                                   (seconds since 1970; expires 0: never), 64 bytes value
//     u32   number of signatures, 1 to kMaxSignatures
//     8     "WEIRSIG\n"
//
// It is found from its end, so it can follow any file; without signatures there is no block.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/digest.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

enum class SignatureKind : uint32_t { kEd25519 = 1, kKeyedDigest = 2 };
// "ed25519", "blake2b".
std::string_view signature_kind_name(SignatureKind kind);

// Names a key: the start of a digest of its public half (of the secret itself, if it is shared).
// For finding a key; what a signature proves, only the key can say.
struct KeyId {
  static constexpr size_t kSize = 16;
  std::array<uint8_t, kSize> bytes{};
  // 32 lower-case hex digits.
  std::string hex() const;
  // Exactly 32 hex digits, else a Usage error.
  static Result<KeyId> from_hex(std::string_view text);
  auto operator<=>(const KeyId&) const = default;
};

// Seconds since 1970.
using UnixTime = int64_t;

struct Signature {
  SignatureKind kind = SignatureKind::kEd25519;
  KeyId key;
  UnixTime signed_at = 0;
  UnixTime expires = 0;  // 0: never
  std::array<uint8_t, 64> value{};
  bool operator==(const Signature&) const = default;
};

enum class SignedThing : uint32_t {
  kEntry = 1,         // a cache entry: header, description and payload (entry.h)
  kNativeObject = 2,  // the file of a native object
};

// Bytes, as a signature sees them.
struct SignedBody {
  SignedThing what = SignedThing::kEntry;
  Digest digest;
  uint64_t size = 0;
};

// What is actually signed.
std::vector<uint8_t> signed_statement(const SignedBody& body, const Signature& signature);

inline constexpr size_t kMaxSignatures = 8;
inline constexpr size_t kSignatureSize = 100;
inline constexpr size_t kMaxSignatureBlock = kMaxSignatures * kSignatureSize + 12;

// At most kMaxSignatures; nothing is written for none.
void append_signatures(ByteWriter& out, std::span<const Signature> signatures);

// A file taken apart: what was signed, and what follows it.
struct SignedBytes {
  ByteSpan body;
  std::vector<Signature> signatures;
};
// A file that does not end in the mark of a block is all body. Errors: CacheDamaged (the mark, but
// no whole block before it).
Result<SignedBytes> split_signatures(ByteSpan file);

// `add`, in place of a signature of the same key if there is one. Errors: Limit.
Status add_signature(std::vector<Signature>& signatures, const Signature& add);

}  // namespace weir
