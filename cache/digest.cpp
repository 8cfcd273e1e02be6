// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/digest.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/random.h>

#include "cache/digest_stream.h"
#include "cache/hex.h"

namespace weir {

namespace {

// Values up to this size are hashed in place and shown as they are; longer ones stand in the key as
// their own digest, so that a megabyte of bytecode is neither copied nor shown.
constexpr size_t kInlineValue = 96;
// Says what is hashed, so that no other use of BLAKE2b can give the same digest.
constexpr std::string_view kDomain = "weir cache key 1";

// sodium_init() picks the AVX2 code; without it the portable code runs and gives the same digest.
// It wants random bytes, and libsodium aborts the process when it cannot have them (a seccomp
// sandbox, a chroot without /dev): so ask first, and stay with the portable code if there are none.
bool pick_fast_code() {
  uint8_t probe[16];
  return getrandom(probe, sizeof probe, GRND_NONBLOCK) == sizeof probe && sodium_init() >= 0;
}

bool is_shown(ByteSpan value) {
  if (value.size() > kInlineValue) return false;
  for (uint8_t c : value) {
    if (c < 0x20 || c >= 0x7f) return false;
  }
  return true;
}

}  // namespace

std::string Digest::hex() const {
  return to_hex(bytes);
}

Result<Digest> Digest::from_hex(std::string_view text) {
  Digest digest;
  WEIR_CHECK(parse_hex_exactly(text, digest.bytes, "a digest"));
  return digest;
}

bool prepare_crypto() {
  static const bool fast = pick_fast_code();
  return fast;
}

Digest digest_of(ByteSpan bytes) {
  (void)prepare_crypto();
  Digest digest;
  // Fails only for an output length outside 16..64.
  static_assert(Digest::kSize >= crypto_generichash_BYTES_MIN &&
                Digest::kSize <= crypto_generichash_BYTES_MAX);
  (void)crypto_generichash(digest.bytes.data(), Digest::kSize, bytes.data(), bytes.size(), nullptr,
                           0);
  return digest;
}

DigestStream::DigestStream() {
  (void)prepare_crypto();
  (void)crypto_generichash_init(&state_, nullptr, 0, Digest::kSize);
}

void DigestStream::add(ByteSpan bytes) {
  (void)crypto_generichash_update(&state_, bytes.data(), bytes.size());
}

Digest DigestStream::so_far() const {
  // Finishing spoils the state, so a copy is finished.
  crypto_generichash_state state = state_;
  Digest digest;
  (void)crypto_generichash_final(&state, digest.bytes.data(), Digest::kSize);
  return digest;
}

KeyBuilder::KeyBuilder() {
  framed_.write_bytes(as_bytes(kDomain));
}

KeyBuilder& KeyBuilder::add(std::string_view tag, ByteSpan value) {
  framed_.write(static_cast<uint64_t>(tag.size()));
  framed_.write_bytes(as_bytes(tag));
  framed_.write(static_cast<uint64_t>(value.size()));
  // The length says which of the two forms follows.
  if (value.size() <= kInlineValue) {
    framed_.write_bytes(value);
  } else {
    framed_.write_bytes(digest_of(value).bytes);
  }
  fields_.push_back({std::string(tag), is_shown(value)
                                           ? std::string(as_text(value))
                                           : fmt::format("{} bytes, blake2b {}", value.size(),
                                                         digest_of(value).hex().substr(0, 32))});
  return *this;
}

KeyBuilder& KeyBuilder::add(std::string_view tag, std::string_view value) {
  return add(tag, as_bytes(value));
}

KeyBuilder& KeyBuilder::add_number(std::string_view tag, uint64_t value) {
  return add(tag, std::to_string(value));
}

Digest KeyBuilder::finish() const {
  return digest_of(framed_.bytes());
}

}  // namespace weir
