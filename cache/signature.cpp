// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/signature.h"

#include <fmt/format.h>

#include <algorithm>

#include "cache/hex.h"

namespace weir {

namespace {

constexpr std::string_view kDomain = "weir signature 1\n";
constexpr std::string_view kMark = "WEIRSIG\n";
constexpr size_t kTailSize = sizeof(uint32_t) + kMark.size();
static_assert(kMaxSignatureBlock == kMaxSignatures * kSignatureSize + kTailSize);

Error damaged(std::string message) {
  return Error(ErrorCode::kCacheDamaged, std::move(message))
      .with_hint("sign the file again: 'weir sign FILE'");
}

}  // namespace

std::string_view signature_kind_name(SignatureKind kind) {
  switch (kind) {
    case SignatureKind::kEd25519: return "ed25519";
    case SignatureKind::kKeyedDigest: return "blake2b";
  }
  return "unknown";
}

std::string KeyId::hex() const {
  return to_hex(bytes);
}

Result<KeyId> KeyId::from_hex(std::string_view text) {
  KeyId id;
  WEIR_CHECK(parse_hex_exactly(text, id.bytes, "a key id"));
  return id;
}

std::vector<uint8_t> signed_statement(const SignedBody& body, const Signature& signature) {
  ByteWriter out;
  out.write_bytes(as_bytes(kDomain));
  out.write(static_cast<uint32_t>(signature.kind));
  out.write(static_cast<uint32_t>(body.what));
  out.write_bytes(signature.key.bytes);
  out.write(signature.signed_at);
  out.write(signature.expires);
  out.write(body.size);
  out.write_bytes(body.digest.bytes);
  return out.take();
}

void append_signatures(ByteWriter& out, std::span<const Signature> signatures) {
  if (signatures.empty()) return;
  for (const Signature& signature : signatures) {
    const auto& [kind, key, signed_at, expires, value] = signature;
    out.write(static_cast<uint32_t>(kind));
    out.write_bytes(key.bytes);
    out.write(signed_at);
    out.write(expires);
    out.write_bytes(value);
  }
  out.write(static_cast<uint32_t>(signatures.size()));
  out.write_bytes(as_bytes(kMark));
}

Result<SignedBytes> split_signatures(ByteSpan file) {
  if (file.size() < kTailSize || as_text(file.last(kMark.size())) != kMark) {
    return SignedBytes{file, {}};
  }
  ByteReader tail(file.last(kTailSize));
  const auto count = tail.read<uint32_t>();
  if (count == 0 || count > kMaxSignatures) {
    return damaged(fmt::format("{} signatures, expected 1 to {}", count, kMaxSignatures));
  }
  const size_t size = count * kSignatureSize + kTailSize;
  if (file.size() < size) {
    return damaged(fmt::format("truncated: {} signatures take {} bytes, the file has {}", count,
                               size, file.size()));
  }
  SignedBytes out;
  out.body = file.first(file.size() - size);
  out.signatures.resize(count);
  ByteReader reader(file.last(size));
  for (Signature& signature : out.signatures) {
    const auto kind = reader.read<uint32_t>();
    signature.key.bytes = reader.read<decltype(KeyId::bytes)>();
    signature.signed_at = reader.read<UnixTime>();
    signature.expires = reader.read<UnixTime>();
    signature.value = reader.read<decltype(Signature::value)>();
    signature.kind = static_cast<SignatureKind>(kind);
    if (signature.kind != SignatureKind::kEd25519 &&
        signature.kind != SignatureKind::kKeyedDigest) {
      return damaged(fmt::format("a signature of unknown kind {}", kind));
    }
    if (signature.signed_at < 0 || signature.expires < 0) {
      return damaged("a signature from before 1970");
    }
  }
  return out;
}

Status add_signature(std::vector<Signature>& signatures, const Signature& add) {
  const auto same = std::ranges::find(signatures, add.key, &Signature::key);
  if (same != signatures.end()) {
    *same = add;
    return {};
  }
  if (signatures.size() == kMaxSignatures) {
    return Error(ErrorCode::kLimit,
                 fmt::format("there are {} signatures already, no more are kept", kMaxSignatures));
  }
  signatures.push_back(add);
  return {};
}

}  // namespace weir
