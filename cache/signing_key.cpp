// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/signing_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cache/digest_stream.h"
#include "cache/file_io.h"
#include "cache/hex.h"

namespace weir {

namespace {

constexpr size_t kSeedSize = 32;
static_assert(kSeedSize == crypto_sign_SEEDBYTES && kSeedSize >= crypto_generichash_KEYBYTES);
constexpr size_t kHexSize = 2 * kSeedSize;
constexpr std::string_view kSecretPrefix = "weir-secret-key ed25519 ";
constexpr std::string_view kSharedPrefix = "weir-shared-key blake2b ";
constexpr std::string_view kPublicPrefix = "weir-public-key ed25519 ";
// A key is less than 100 bytes; what is larger is something else.
constexpr size_t kMaxKeyFile = 256;

KeyId id_of(std::string_view domain, ByteSpan bytes) {
  DigestStream digest;
  digest.add(as_bytes(domain));
  digest.add(bytes);
  const Digest all = digest.so_far();
  KeyId id;
  std::copy_n(all.bytes.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

Error no_key(std::string_view path) {
  return Error(ErrorCode::kUsage, "is no key of weir")
      .in_file(path)
      .with_hint("make one with 'weir key generate'");
}

Status check_secret_file(const struct stat& info, const std::string& path) {
  if (!S_ISREG(info.st_mode)) {
    return Error(ErrorCode::kCacheOwner, "the key is not a regular file").in_file(path);
  }
  if (info.st_uid != ::geteuid()) {
    return Error(ErrorCode::kCacheOwner,
                 fmt::format("the key belongs to user {}, this process runs as {}", info.st_uid,
                             ::geteuid()))
        .in_file(path)
        .with_hint(fmt::format("chown {} {}", ::geteuid(), shell_quote(path)));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error(ErrorCode::kCacheOwner,
                 fmt::format("others may use the secret key (mode {:04o})", info.st_mode & 07777))
        .in_file(path)
        .with_hint(fmt::format("chmod 600 {}; if others may have read it, make a new key",
                               shell_quote(path)));
  }
  return {};
}

uint8_t* allocate_secret(size_t size) {
  (void)prepare_crypto();
  return static_cast<uint8_t*>(sodium_malloc(size));
}

Error no_memory() {
  return Error(ErrorCode::kOutOfMemory, "no memory for a secret key");
}

void keyed_digest(ByteSpan statement, const uint8_t* secret, uint8_t* out) {
  (void)crypto_generichash(out, sizeof(Signature::value), statement.data(), statement.size(),
                           secret, kSeedSize);
}

}  // namespace

KeyId PublicKey::id() const {
  return id_of("weir key id 1 ed25519\n", bytes);
}

std::string PublicKey::to_text() const {
  return fmt::format("{}{}\n", kPublicPrefix, to_hex(bytes));
}

Result<PublicKey> PublicKey::from_text(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  PublicKey key;
  if (!text.starts_with(kPublicPrefix) ||
      !parse_hex_exactly(text.substr(kPublicPrefix.size()), key.bytes, "a public key")) {
    return Error(ErrorCode::kUsage, "is no public key of weir")
        .with_hint("a public key is what 'weir key generate' writes as NAME.pub");
  }
  return key;
}

void SigningKey::Wipe::operator()(uint8_t* secret) const {
  sodium_free(secret);
}

Result<SigningKey> SigningKey::from_seed(SignatureKind kind, std::span<const uint8_t, 32> seed) {
  SigningKey key;
  key.kind_ = kind;
  key.seed_.reset(allocate_secret(kSeedSize));
  if (!key.seed_) return no_memory();
  std::copy(seed.begin(), seed.end(), key.seed_.get());
  if (kind == SignatureKind::kKeyedDigest) {
    key.id_ = id_of("weir key id 1 blake2b\n", {key.seed_.get(), kSeedSize});
    return key;
  }
  key.secret_.reset(allocate_secret(crypto_sign_SECRETKEYBYTES));
  if (!key.secret_) return no_memory();
  (void)crypto_sign_seed_keypair(key.public_.bytes.data(), key.secret_.get(), key.seed_.get());
  key.id_ = key.public_.id();
  return key;
}

Result<SigningKey> SigningKey::generate(SignatureKind kind) {
  if (!prepare_crypto()) {
    return Error(ErrorCode::kCacheUnavailable, "there are no random bytes to make a key of")
        .with_hint("run it where getrandom() works");
  }
  const std::unique_ptr<uint8_t[], Wipe> seed(allocate_secret(kSeedSize));
  if (!seed) return no_memory();
  randombytes_buf(seed.get(), kSeedSize);
  return from_seed(kind, std::span<const uint8_t, 32>(seed.get(), kSeedSize));
}

Result<SigningKey> SigningKey::read(const std::string& path) {
  const UniqueFd fd(open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!fd && errno == ENOENT) {
    return Error(ErrorCode::kNotFound, "there is no such key")
        .in_file(path)
        .with_hint("make one with 'weir key generate'");
  }
  if (!fd) return io_error("open the key", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("examine the key", path, errno);
  WEIR_CHECK(check_secret_file(info, path));

  // The text is a secret too: it is read into memory that is wiped.
  const std::unique_ptr<uint8_t[], Wipe> text(allocate_secret(kMaxKeyFile));
  const std::unique_ptr<uint8_t[], Wipe> seed(allocate_secret(kSeedSize));
  if (!text || !seed) return no_memory();
  size_t size = 0;
  while (size < kMaxKeyFile) {
    const ssize_t n = ::read(fd.get(), text.get() + size, kMaxKeyFile - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("read the key", path, errno);
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  std::string_view line(reinterpret_cast<const char*>(text.get()), size);
  if (line.ends_with('\n')) line.remove_suffix(1);
  SignatureKind kind = SignatureKind::kEd25519;
  if (line.starts_with(kSharedPrefix)) {
    kind = SignatureKind::kKeyedDigest;
  } else if (!line.starts_with(kSecretPrefix)) {
    return no_key(path);
  }
  static_assert(kSecretPrefix.size() == kSharedPrefix.size());
  const std::string_view digits = line.substr(kSecretPrefix.size());
  size_t made = 0;
  const char* end = nullptr;
  if (digits.size() != kHexSize ||
      sodium_hex2bin(seed.get(), kSeedSize, digits.data(), digits.size(), nullptr, &made, &end) !=
          0 ||
      made != kSeedSize || end != digits.data() + digits.size()) {
    return no_key(path);
  }
  return from_seed(kind, std::span<const uint8_t, 32>(seed.get(), kSeedSize));
}

Status SigningKey::write_new(int folder, const std::string& name, std::string_view shown) const {
  const std::unique_ptr<uint8_t[], Wipe> text(allocate_secret(kMaxKeyFile));
  if (!text) return no_memory();
  const std::string_view prefix = kind_ == SignatureKind::kEd25519 ? kSecretPrefix : kSharedPrefix;
  auto* const out = reinterpret_cast<char*>(text.get());
  std::memcpy(out, prefix.data(), prefix.size());
  (void)sodium_bin2hex(out + prefix.size(), kHexSize + 1, seed_.get(), kSeedSize);
  out[prefix.size() + kHexSize] = '\n';
  const size_t size = prefix.size() + kHexSize + 1;

  const UniqueFd fd(open_at(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  if (!fd && errno == EEXIST) {
    return Error(ErrorCode::kUsage, "there is a key of that name already")
        .in_file(shown)
        .with_hint("choose another name; entries that the old key signed need it");
  }
  if (!fd) return io_error("create the key", shown, errno);
  Status written = write_at(fd.get(), {text.get(), size}, 0, shown);
  // A key that is lost to a power failure after it signed would be missed.
  if (written && ::fsync(fd.get()) != 0) written = io_error("write the key", shown, errno);
  if (!written) (void)::unlinkat(folder, name.c_str(), 0);
  return written;
}

std::optional<PublicKey> SigningKey::public_key() const {
  if (kind_ != SignatureKind::kEd25519) return std::nullopt;
  return public_;
}

Signature SigningKey::sign(const SignedBody& body, UnixTime signed_at, UnixTime expires) const {
  Signature signature;
  signature.kind = kind_;
  signature.key = id_;
  signature.signed_at = signed_at;
  signature.expires = expires;
  const std::vector<uint8_t> statement = signed_statement(body, signature);
  if (kind_ == SignatureKind::kEd25519) {
    static_assert(sizeof signature.value == crypto_sign_BYTES);
    (void)crypto_sign_detached(signature.value.data(), nullptr, statement.data(), statement.size(),
                               secret_.get());
  } else {
    keyed_digest(statement, seed_.get(), signature.value.data());
  }
  return signature;
}

bool SigningKey::made(const SignedBody& body, const Signature& signature) const {
  if (kind_ != signature.kind || id_ != signature.key) return false;
  if (kind_ == SignatureKind::kEd25519) return signature_holds(public_, body, signature);
  std::array<uint8_t, sizeof(Signature::value)> wanted;
  keyed_digest(signed_statement(body, signature), seed_.get(), wanted.data());
  // In the same time whatever differs.
  return sodium_memcmp(wanted.data(), signature.value.data(), wanted.size()) == 0;
}

bool signature_holds(const PublicKey& key, const SignedBody& body, const Signature& signature) {
  if (signature.kind != SignatureKind::kEd25519 || signature.key != key.id()) return false;
  (void)prepare_crypto();
  const std::vector<uint8_t> statement = signed_statement(body, signature);
  return crypto_sign_verify_detached(signature.value.data(), statement.data(), statement.size(),
                                     key.bytes.data()) == 0;
}

Signature Signer::sign(const SignedBody& body) const {
  const UnixTime now = at.value_or(unix_now());
  return key->sign(body, now, valid_for ? now + valid_for->count() : 0);
}

UnixTime unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace weir
