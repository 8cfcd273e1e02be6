// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keys, signatures, and the block in which signatures follow what they sign.
#include "cache/signature.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/entry.h"
#include "cache/signing_key.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using ::testing::HasSubstr;

std::shared_ptr<const SigningKey> make_key(SignatureKind kind) {
  auto key = SigningKey::generate(kind);
  if (!key) {
    ADD_FAILURE() << key.error().to_string();
    return nullptr;
  }
  return std::make_shared<const SigningKey>(std::move(*key));
}

constexpr SignatureKind kKinds[] = {SignatureKind::kEd25519, SignatureKind::kKeyedDigest};

SignedBody body_of(std::string_view text) {
  return {SignedThing::kEntry, digest_of(as_bytes(text)), text.size()};
}

TEST(Signature, HoldsForWhatWasSignedAndNothingElse) {
  for (const SignatureKind kind : kKinds) {
    const auto key = make_key(kind);
    const auto other = make_key(kind);
    const SignedBody body = body_of("body");
    const Signature good = key->sign(body, 1000, 2000);
    EXPECT_EQ(good.key, key->id());
    EXPECT_TRUE(key->made(body, good));
    EXPECT_FALSE(other->made(body, good));

    EXPECT_FALSE(key->made(body_of("another"), good));
    SignedBody longer = body;
    ++longer.size;
    EXPECT_FALSE(key->made(longer, good));
    SignedBody object = body;
    object.what = SignedThing::kNativeObject;
    EXPECT_FALSE(key->made(object, good)) << "an entry's signature is none of an object";

    auto with = [&](auto change) {
      Signature spoiled = good;
      change(spoiled);
      return key->made(body, spoiled);
    };
    EXPECT_FALSE(with([](Signature& s) { s.signed_at = 1001; }));
    EXPECT_FALSE(with([](Signature& s) { s.expires = 0; }));
    EXPECT_FALSE(with([](Signature& s) { s.key.bytes[0] ^= 1; }));
    EXPECT_FALSE(with([](Signature& s) {
      s.kind =
          s.kind == SignatureKind::kEd25519 ? SignatureKind::kKeyedDigest : SignatureKind::kEd25519;
    }));
    for (size_t bit = 0; bit < 8 * good.value.size(); ++bit) {
      EXPECT_FALSE(with([&](Signature& s) {
        s.value[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
      })) << bit;
    }
  }
}

TEST(Signature, TheSameInputGivesTheSameBytes) {
  for (const SignatureKind kind : kKinds) {
    const auto key = make_key(kind);
    EXPECT_EQ(key->sign(body_of("x"), 7, 0), key->sign(body_of("x"), 7, 0));
  }
}

// RFC 8032, 7.1, TEST 1: the secret and public key; so a key file of another tool's seed is the
// same key here.
TEST(Signature, KeysAreThoseOfRfc8032) {
  std::array<uint8_t, 32> seed = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                  0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                  0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
  auto key = SigningKey::from_seed(SignatureKind::kEd25519, seed);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key()->to_text(),
            "weir-public-key ed25519 "
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\n");
  EXPECT_EQ(*PublicKey::from_text(key->public_key()->to_text()), *key->public_key());
}

TEST(Signature, PublicKeysAreReadStrictly) {
  const std::string good = make_key(SignatureKind::kEd25519)->public_key()->to_text();
  EXPECT_TRUE(PublicKey::from_text(good));
  EXPECT_TRUE(PublicKey::from_text(good.substr(0, good.size() - 1)));
  for (const std::string& bad :
       {std::string(), std::string("weir-public-key ed25519 \n"), good + "\n", good.substr(1),
        good.substr(0, good.size() - 2), std::string("weir-secret-key ed25519 ") + good.substr(24),
        std::string("weir-public-key ed25519 ") + std::string(64, 'g')}) {
    EXPECT_FALSE(PublicKey::from_text(bad)) << bad;
  }
}

class KeyFile : public ::testing::Test {
 protected:
  void write(const SigningKey& key) {
    const UniqueFd folder(open_at(AT_FDCWD, scratch_.path().c_str(), O_RDONLY | O_DIRECTORY));
    Status written = key.write_new(folder.get(), "k.key", path_);
    ASSERT_TRUE(written) << written.error().to_string();
  }
  TemporaryFolder scratch_;
  std::string path_ = scratch_ / "k.key";
};

TEST_F(KeyFile, ThereAndBack) {
  for (const SignatureKind kind : kKinds) {
    const auto key = make_key(kind);
    ::unlink(path_.c_str());
    write(*key);
    struct stat info {};
    ASSERT_EQ(::stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
    auto back = SigningKey::read(path_);
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(back->id(), key->id());
    EXPECT_EQ(back->kind(), kind);
    EXPECT_TRUE(key->made(body_of("b"), back->sign(body_of("b"), 1, 0)));
  }
}

TEST_F(KeyFile, IsNeverOverwritten) {
  write(*make_key(SignatureKind::kEd25519));
  const Bytes before = read_file(path_);
  const UniqueFd folder(open_at(AT_FDCWD, scratch_.path().c_str(), O_RDONLY | O_DIRECTORY));
  Status again = make_key(SignatureKind::kEd25519)->write_new(folder.get(), "k.key", path_);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("already"));
  EXPECT_EQ(read_file(path_), before);
}

TEST_F(KeyFile, OthersMayNotEvenReadIt) {
  write(*make_key(SignatureKind::kEd25519));
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0660}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    auto key = SigningKey::read(path_);
    ASSERT_FALSE(key) << mode;
    EXPECT_EQ(key.error().code(), ErrorCode::kCacheOwner);
    EXPECT_THAT(key.error().hint(), HasSubstr("chmod 600 '" + path_ + "'"));
  }
}

TEST_F(KeyFile, NoErrorShowsTheSecret) {
  write(*make_key(SignatureKind::kEd25519));
  const Bytes good = read_file(path_);
  const std::string digits(good.begin() + 24, good.begin() + 24 + 64);
  for (size_t cut : {good.size() - 2, good.size() - 30, size_t{30}, size_t{5}, size_t{0}}) {
    cache_test::write_file(path_, ByteSpan(good).first(cut));
    auto key = SigningKey::read(path_);
    ASSERT_FALSE(key) << cut;
    const std::string text = key.error().to_string();
    EXPECT_EQ(text.find(digits.substr(0, 6)), text.npos);
  }
  EXPECT_EQ(SigningKey::read(scratch_ / "none").error().code(), ErrorCode::kNotFound);
}

TEST_F(KeyFile, NotAFile) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(SigningKey::read(path_).error().code(), ErrorCode::kCacheOwner);
}

Bytes with_block(std::string_view body, std::span<const Signature> signatures) {
  ByteWriter out;
  out.write_bytes(as_bytes(body));
  append_signatures(out, signatures);
  return out.take();
}

TEST(SignatureBlock, ThereAndBack) {
  const auto key = make_key(SignatureKind::kEd25519);
  std::vector<Signature> signatures;
  for (size_t count = 0; count <= kMaxSignatures; ++count) {
    const Bytes file = with_block("the body", signatures);
    auto split = split_signatures(file);
    ASSERT_TRUE(split) << split.error().to_string();
    EXPECT_EQ(as_text(split->body), "the body");
    EXPECT_EQ(split->signatures, signatures);
    Signature more = key->sign(body_of("the body"), static_cast<UnixTime>(count), 0);
    more.key.bytes[0] = static_cast<uint8_t>(count);
    signatures.push_back(more);
  }
  EXPECT_EQ(with_block("the body", {}).size(), 8u);
}

TEST(SignatureBlock, WhatIsNoneIsBody) {
  for (const std::string_view body :
       {"", "a", "WEIRSIG", "WEIRSIG\n", "something longer than 12"}) {
    const Bytes file = text_bytes(body);
    auto split = split_signatures(file);
    ASSERT_TRUE(split) << body;
    EXPECT_EQ(split->body.size(), body.size());
    EXPECT_TRUE(split->signatures.empty());
  }
}

TEST(SignatureBlock, ABrokenOneIsNoBody) {
  const auto key = make_key(SignatureKind::kEd25519);
  const Signature one = key->sign(body_of("b"), 1, 0);
  const Bytes good = with_block("body", std::span(&one, 1));
  auto refused = [&](auto change, std::string_view words) {
    Bytes file = good;
    change(file);
    auto split = split_signatures(file);
    ASSERT_FALSE(split) << words;
    EXPECT_EQ(split.error().code(), ErrorCode::kCacheDamaged);
    EXPECT_THAT(split.error().message(), HasSubstr(std::string(words)));
  };
  const size_t count_at = good.size() - 12;
  refused([&](Bytes& f) { f[count_at] = 0; }, "0 signatures");
  refused([&](Bytes& f) { f[count_at] = 2; }, "truncated: 2 signatures");
  refused([&](Bytes& f) { f[count_at] = kMaxSignatures + 1; }, "9 signatures");
  refused([&](Bytes& f) { f[count_at + 3] = 0xff; }, "signatures, expected 1 to 8");
  refused([&](Bytes& f) { f[4] = 3; }, "unknown kind 3");
  refused([&](Bytes& f) { f[4 + 4 + 16 + 7] = 0x80; }, "before 1970");
  refused([&](Bytes& f) { f[4 + 4 + 16 + 8 + 7] = 0x80; }, "before 1970");
}

TEST(SignatureBlock, OneOfAKey) {
  const auto key = make_key(SignatureKind::kEd25519);
  std::vector<Signature> signatures;
  ASSERT_TRUE(add_signature(signatures, key->sign(body_of("b"), 1, 0)));
  ASSERT_TRUE(add_signature(signatures, key->sign(body_of("b"), 2, 0)));
  ASSERT_EQ(signatures.size(), 1u);
  EXPECT_EQ(signatures[0].signed_at, 2);
  for (size_t i = 1; i < kMaxSignatures; ++i) {
    Signature more = signatures[0];
    more.key.bytes[1] ^= static_cast<uint8_t>(i);
    ASSERT_TRUE(add_signature(signatures, more));
  }
  Signature last = signatures[0];
  last.key.bytes[2] ^= 1;
  EXPECT_EQ(add_signature(signatures, last).error().code(), ErrorCode::kLimit);
}

TEST(SignedEntry, KeepsItsBodyAndItsChecksum) {
  const Digest key = key_of("entry");
  const Bytes object = noise(700);
  const Bytes plain = *encode_entry(key, object, description_of("d"));
  auto view = open_entry(plain, key);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->signatures.empty());

  const auto signing = make_key(SignatureKind::kEd25519);
  const Signature signature = signing->sign(view->body, 5, 0);
  auto file = with_signatures(plain, key, std::span(&signature, 1));
  ASSERT_TRUE(file) << file.error().to_string();
  auto again = open_entry(*file, key);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->body.digest, view->body.digest);
  ASSERT_EQ(again->signatures.size(), 1u);
  EXPECT_TRUE(signing->made(again->body, again->signatures[0]));
  EXPECT_EQ(decode_entry(*file, key)->object, object);
  EXPECT_EQ(*with_signatures(*file, key, {}), plain);

  for (size_t bit = 0; bit < file->size() * 8; bit += 3) {
    Bytes spoiled = *file;
    spoiled[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    ASSERT_FALSE(open_entry(spoiled, key)) << bit;
  }
  for (size_t size = 0; size < file->size(); ++size) {
    ASSERT_FALSE(open_entry(ByteSpan(*file).first(size), key)) << size;
  }
}

}  // namespace
}  // namespace weir
