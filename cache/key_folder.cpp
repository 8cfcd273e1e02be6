// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/key_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cache/atomic_file.h"
#include "cache/folder.h"
#include "cache/no_throw.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr const char* kTrustedFolder = "trusted";
constexpr const char* kRevokedFile = "revoked";
constexpr std::string_view kSecretSuffix = ".key";
constexpr std::string_view kPublicSuffix = ".pub";
constexpr std::string_view kSharedSuffix = ".shared";
constexpr size_t kMaxPublicFile = 256;
constexpr size_t kMaxRevokedFile = 4 << 20;
constexpr size_t kMaxNameSize = 64;

// The name without `suffix`, if it ends so and is the name of a key.
std::optional<std::string> stem(const std::string& file, std::string_view suffix) {
  if (!file.ends_with(suffix)) return std::nullopt;
  std::string name = file.substr(0, file.size() - suffix.size());
  if (!check_key_name(name)) return std::nullopt;
  return name;
}

// The text of a file; nothing if it is not there.
Result<std::optional<std::string>> read_text(int folder, const std::string& name,
                                             const std::string& path, size_t limit) {
  WEIR_TRY(const OpenedFile file, open_config_file(folder, name.c_str(), path));
  if (!file.fd) return std::optional<std::string>();
  WEIR_TRY(const Buffer bytes, read_start(file.fd.get(), limit + 1, path));
  if (bytes.size > limit) {
    return Error(ErrorCode::kLimit, fmt::format("the file has more than {} bytes", limit))
        .in_file(path);
  }
  return std::optional(std::string(as_text(bytes.span())));
}

Result<PublicKey> read_public(int folder, const std::string& name, const std::string& path) {
  WEIR_TRY(const auto text, read_text(folder, name, path, kMaxPublicFile));
  if (!text) return Error(ErrorCode::kNotFound, "there is no such key").in_file(path);
  auto key = PublicKey::from_text(*text);
  if (!key) return key.take_error().in_file(path);
  return *key;
}

// Replaces `name` in `folder` at once.
Status write_whole(int folder, const std::string& name, const std::string& path, ByteSpan bytes) {
  WEIR_TRY(AtomicFile file, AtomicFile::create(folder, folder, name, path));
  WEIR_CHECK(file.write(bytes));
  return file.commit(true);
}

Status read_revoked_line(std::string_view line, Revocations& out) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  if (word.empty() || word.starts_with('#')) return {};
  if (auto digest = Digest::from_hex(word)) {
    out.digests.push_back(*digest);
  } else if (auto key = KeyId::from_hex(word)) {
    out.keys.push_back(*key);
  } else {
    return Error(ErrorCode::kUsage,
                 fmt::format("'{}' is neither the id of a key (32 hex digits) nor a digest (64)",
                             printable(word)));
  }
  return {};
}

}  // namespace

bool TrustedKey::made(const SignedBody& body, const Signature& signature) const {
  return shared ? shared->made(body, signature) : signature_holds(public_key, body, signature);
}

Status check_key_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxNameSize && !name.starts_with('.') &&
                    std::ranges::all_of(name, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                    });
  if (good) return {};
  return Error(ErrorCode::kUsage, fmt::format("'{}' is no name for a key", printable(name)))
      .with_hint(fmt::format("take letters, digits, '-', '_' and '.', at most {}", kMaxNameSize));
}

Result<std::string> default_key_folder() {
  return config_path("WEIR_KEY_DIR", "keys", "the keys");
}

Result<KeyFolder> KeyFolder::open(const std::string& path, bool create) {
  return without_exceptions([&]() -> Result<KeyFolder> {
    KeyFolder folder;
    folder.path_ = path;
    WEIR_TRY(folder.root_, open_config_folder(path, create));
    return folder;
  });
}

Result<UniqueFd> KeyFolder::open_trusted(bool create) const {
  if (!root_) return UniqueFd();
  return open_subfolder(root_.get(), path_, kTrustedFolder,
                        create ? IfAbsent::kCreate : IfAbsent::kGiveNothing, Owner::kSelfOrRoot);
}

Result<std::vector<KeyFolder::OwnKey>> KeyFolder::own_keys() const {
  return without_exceptions([&]() -> Result<std::vector<OwnKey>> {
    std::vector<OwnKey> out;
    if (!root_) return out;
    WEIR_TRY(const auto names, list_folder(root_.get(), path_));
    for (const std::string& file : names) {
      OwnKey key;
      if (auto secret = stem(file, kSecretSuffix)) {
        key.name = *secret;
      } else if (auto shared = stem(file, kSharedSuffix)) {
        key.name = *shared;
        key.kind = SignatureKind::kKeyedDigest;
      } else {
        continue;
      }
      if (auto read = SigningKey::read(fmt::format("{}/{}", path_, file))) {
        key.id = read->id();
      } else {
        key.problem = read.take_error();
      }
      out.push_back(std::move(key));
    }
    return out;
  });
}

Result<std::vector<TrustedKey>> KeyFolder::trusted_keys() const {
  return without_exceptions([&]() -> Result<std::vector<TrustedKey>> {
    std::vector<TrustedKey> out;
    WEIR_TRY(const UniqueFd folder, open_trusted(false));
    if (!folder) return out;
    const std::string shown = fmt::format("{}/{}", path_, kTrustedFolder);
    WEIR_TRY(const auto names, list_folder(folder.get(), shown));
    for (const std::string& file : names) {
      TrustedKey key;
      key.path = fmt::format("{}/{}", shown, file);
      if (auto name = stem(file, kPublicSuffix)) {
        key.name = *name;
        WEIR_TRY(key.public_key, read_public(folder.get(), file, key.path));
        key.id = key.public_key.id();
      } else if (auto shared_name = stem(file, kSharedSuffix)) {
        key.name = *shared_name;
        key.kind = SignatureKind::kKeyedDigest;
        WEIR_TRY(SigningKey shared, SigningKey::read(key.path));
        key.id = shared.id();
        key.shared = std::make_shared<const SigningKey>(std::move(shared));
      } else {
        continue;
      }
      out.push_back(std::move(key));
    }
    return out;
  });
}

Result<Revocations> KeyFolder::revocations() const {
  return without_exceptions([&]() -> Result<Revocations> {
    Revocations out;
    if (!root_) return out;
    const std::string path = fmt::format("{}/{}", path_, kRevokedFile);
    WEIR_TRY(const auto text, read_text(root_.get(), kRevokedFile, path, kMaxRevokedFile));
    if (!text) return out;
    std::string_view rest = *text;
    for (uint32_t number = 1; !rest.empty(); ++number) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      Status read = read_revoked_line(rest.substr(0, end), out);
      if (!read) {
        Location where;
        where.source_file = path;
        where.source_line = number;
        return read.take_error().in_file(path).at(where);
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
  });
}

std::string KeyFolder::public_path(const std::string& name) const {
  return fmt::format("{}/{}{}", path_, name, kPublicSuffix);
}

Result<SigningKey> KeyFolder::generate(const std::string& name, SignatureKind kind) {
  return without_exceptions([&]() -> Result<SigningKey> {
    WEIR_CHECK(check_key_name(name));
    WEIR_TRY(SigningKey key, SigningKey::generate(kind));
    const std::string file =
        name + std::string(kind == SignatureKind::kEd25519 ? kSecretSuffix : kSharedSuffix);
    WEIR_CHECK(key.write_new(root_.get(), file, fmt::format("{}/{}", path_, file)));
    if (const auto public_key = key.public_key()) {
      const std::string text = public_key->to_text();
      WEIR_CHECK(write_whole(root_.get(), name + std::string(kPublicSuffix), public_path(name),
                             as_bytes(text)));
    }
    return key;
  });
}

Result<SigningKey> KeyFolder::signing_key(const std::string& name) const {
  return without_exceptions([&]() -> Result<SigningKey> {
    WEIR_CHECK(check_key_name(name));
    auto key = SigningKey::read(fmt::format("{}/{}{}", path_, name, kSecretSuffix));
    if (key || key.error().code() != ErrorCode::kNotFound) return key;
    auto shared = SigningKey::read(fmt::format("{}/{}{}", path_, name, kSharedSuffix));
    if (shared || shared.error().code() != ErrorCode::kNotFound) return shared;
    return Error(ErrorCode::kNotFound, fmt::format("there is no secret key '{}'", name))
        .in_file(path_)
        .with_hint(fmt::format("make one with 'weir key generate {}'", name));
  });
}

Status KeyFolder::trust(const std::string& name, const PublicKey& key) {
  return without_exceptions([&]() -> Status {
    WEIR_CHECK(check_key_name(name));
    WEIR_TRY(const std::vector<TrustedKey> known, trusted_keys());
    const auto same = std::ranges::find(known, name, &TrustedKey::name);
    if (same != known.end() && same->id != key.id()) {
      return Error(ErrorCode::kUsage, fmt::format("another key is trusted as '{}' already", name))
          .in_file(same->path)
          .with_hint("give this one another name with --name");
    }
    WEIR_TRY(const UniqueFd folder, open_trusted(true));
    const std::string file = name + std::string(kPublicSuffix);
    const std::string text = key.to_text();
    return write_whole(folder.get(), file, fmt::format("{}/{}/{}", path_, kTrustedFolder, file),
                       as_bytes(text));
  });
}

Result<TrustedKey> KeyFolder::trust_own(const std::string& name) {
  return without_exceptions([&]() -> Result<TrustedKey> {
    WEIR_CHECK(check_key_name(name));
    TrustedKey out{.name = name, .path = {}, .id = {}, .kind = {}, .public_key = {}, .shared = {}};
    auto public_key =
        read_public(root_.get(), name + std::string(kPublicSuffix), public_path(name));
    if (public_key) {
      WEIR_CHECK(trust(name, *public_key));
      out.id = public_key->id();
      out.public_key = *public_key;
      return out;
    }
    if (public_key.error().code() != ErrorCode::kNotFound) return public_key.take_error();
    WEIR_TRY(SigningKey key, signing_key(name));
    if (key.kind() != SignatureKind::kKeyedDigest) {
      WEIR_CHECK(trust(name, *key.public_key()));
    } else {
      WEIR_TRY(const UniqueFd folder, open_trusted(true));
      const std::string file = name + std::string(kSharedSuffix);
      WEIR_CHECK(
          key.write_new(folder.get(), file, fmt::format("{}/{}/{}", path_, kTrustedFolder, file)));
    }
    out.id = key.id();
    out.kind = key.kind();
    return out;
  });
}

Status KeyFolder::add_revocation(const std::string& hex, std::string_view comment) {
  return without_exceptions([&]() -> Status {
    const std::string path = fmt::format("{}/{}", path_, kRevokedFile);
    WEIR_TRY(const auto text, read_text(root_.get(), kRevokedFile, path, kMaxRevokedFile));
    std::string all = text.value_or("");
    if (!all.empty() && !all.ends_with('\n')) all += '\n';
    all += hex;
    if (!comment.empty()) all += " " + printable(comment);
    all += '\n';
    return write_whole(root_.get(), kRevokedFile, path, as_bytes(all));
  });
}

Status KeyFolder::revoke(const KeyId& key, std::string_view comment) {
  WEIR_TRY(const Revocations known, revocations());
  if (std::ranges::find(known.keys, key) != known.keys.end()) return {};
  return add_revocation(key.hex(), comment);
}

Status KeyFolder::revoke(const Digest& digest, std::string_view comment) {
  WEIR_TRY(const Revocations known, revocations());
  if (std::ranges::find(known.digests, digest) != known.digests.end()) return {};
  return add_revocation(digest.hex(), comment);
}

Result<KeyId> KeyFolder::find(const std::string& name_or_id) const {
  if (auto id = KeyId::from_hex(name_or_id)) return *id;
  WEIR_CHECK(check_key_name(name_or_id));
  WEIR_TRY(const std::vector<TrustedKey> trusted, trusted_keys());
  const auto known = std::ranges::find(trusted, name_or_id, &TrustedKey::name);
  if (known != trusted.end()) return known->id;
  WEIR_TRY(const std::vector<OwnKey> own, own_keys());
  const auto mine = std::ranges::find(own, name_or_id, &OwnKey::name);
  if (mine != own.end() && mine->id) return *mine->id;
  return Error(ErrorCode::kNotFound, fmt::format("there is no key '{}'", name_or_id))
      .in_file(path_)
      .with_hint("'weir key list' shows the keys");
}

}  // namespace weir
