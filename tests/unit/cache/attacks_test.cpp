// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The attacks of docs/CACHE.md that the store has to withstand, one test each, under the names they
// have there. What an attacker may do differs: "writer" can write files that this process takes for
// its own (a remote store, a backup); "user" is another user of the machine. Attacks on what is
// inside an object are in tests/unit/native and tests/unit/engine/admission_test.cpp.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/unit/cache/trust_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using ::testing::HasSubstr;

class Attack : public TrustFixture {
 protected:
  Attack() : alice_(make_key("alice")) {}
  std::shared_ptr<const SigningKey> alice_;
  Digest good_ = key_of("good");
  Digest evil_ = key_of("evil");
  Bytes good_object_ = noise(600, 1);
  Bytes evil_object_ = noise(600, 2);
};

TEST_F(Attack, SwappedPayloadUnderAValidSignature) {
  const Bytes genuine = signed_entry(good_, good_object_, *alice_);
  const Bytes swapped = spliced(entry(good_, evil_object_), genuine, good_, good_);
  expect_refused(swapped, good_, *trust(), Origin::kRemote, "not over these bytes");
  // Stored or packed, of the same size or another.
  const Bytes packed = spliced(entry(good_, Bytes(9000, 1)), genuine, good_, good_);
  expect_refused(packed, good_, *trust(), Origin::kRemote, "not over these bytes");
  EXPECT_TRUE(take_entry(genuine, good_, *trust(), Origin::kRemote));
}

TEST_F(Attack, ChangedManifest) {
  // Description, key, sizes: every byte of a signed entry, with the checksum made right again.
  const Bytes genuine = signed_entry(good_, good_object_, *alice_);
  const auto rules = trust();
  const size_t body = must(open_entry(genuine, good_)).body.size;
  for (size_t at = 0; at < body; ++at) {
    Bytes changed = genuine;
    changed[at] ^= 0x20;
    seal(changed);
    ASSERT_FALSE(take_entry(changed, good_, *rules, Origin::kRemote)) << at;
  }
  // And every byte of the signature itself.
  for (size_t at = body; at < genuine.size() - Digest::kSize; ++at) {
    Bytes changed = genuine;
    changed[at] ^= 0x20;
    seal(changed);
    ASSERT_FALSE(take_entry(changed, good_, *rules, Origin::kRemote)) << at;
  }
}

TEST_F(Attack, SignatureOfAnotherThing) {
  // An object's signature over the same bytes is none of an entry.
  const Bytes plain = entry(good_, evil_object_);
  SignedBody body = must(open_entry(plain, good_)).body;
  body.what = SignedThing::kNativeObject;
  const Signature borrowed = alice_->sign(body, unix_now(), 0);
  expect_refused(must(with_signatures(plain, good_, std::span(&borrowed, 1))), good_, *trust(),
                 Origin::kRemote, "not over these bytes");
}

TEST_F(Attack, ReplayedOlderEntry) {
  using std::chrono::hours;
  const auto rules = trust();
  expect_refused(signed_entry(good_, good_object_, *alice_, hours(48), unix_now() - 3600), good_,
                 *rules, Origin::kRemote, "has expired");
  EXPECT_TRUE(take_entry(signed_entry(good_, good_object_, *alice_, hours(48), unix_now() + 3600),
                         good_, *rules, Origin::kRemote));
  expect_refused(signed_entry(good_, good_object_, *alice_, hours(-48)), good_, *rules,
                 Origin::kRemote, "in the future");

  const auto recent = trust(R"({"require_signature": ["remote"], "max_signature_age": "30d"})");
  expect_refused(signed_entry(good_, good_object_, *alice_, hours(31 * 24)), good_, *recent,
                 Origin::kRemote, "nothing that is older than 30d");
  EXPECT_TRUE(take_entry(signed_entry(good_, good_object_, *alice_, hours(29 * 24)), good_, *recent,
                         Origin::kRemote));

  const auto after = trust(R"({"require_signature": ["remote"], "signed_after": "2026-01-01"})");
  const Bytes plain = entry(good_, good_object_);
  const SignedBody body = must(open_entry(plain, good_)).body;
  const Signature old = alice_->sign(body, 1767225599, 0);  // 2025-12-31T23:59:59Z
  expect_refused(must(with_signatures(plain, good_, std::span(&old, 1))), good_, *after,
                 Origin::kRemote, "nothing from before 2026-01-01");
}

TEST_F(Attack, RevokedKeyAndRevokedCode) {
  const Bytes genuine = signed_entry(good_, good_object_, *alice_);
  ASSERT_TRUE(keys_.revoke(alice_->id(), "lost"));
  expect_refused(genuine, good_, *trust(), Origin::kRemote, "is revoked");

  const auto bob = make_key("bob");
  const Bytes by_bob = signed_entry(good_, good_object_, *bob);
  EXPECT_TRUE(take_entry(by_bob, good_, *trust(), Origin::kRemote));
  for (const Digest& what : {good_, digest_of(good_object_)}) {
    // By a policy, for entries of this user's own as well.
    const auto rules = trust(R"({"revoked": [")" + what.hex() + R"("]})");
    for (const Origin origin : kOrigins) {
      expect_refused(by_bob, good_, *rules, origin, what.hex() + " is revoked");
    }
  }
}

TEST_F(Attack, KeyOfAnotherProgram) {
  // A genuine, signed entry of one program under the name of another.
  const Bytes genuine = signed_entry(evil_, evil_object_, *alice_);
  expect_refused(genuine, good_, *trust(), Origin::kRemote, "wrong key", ErrorCode::kCacheDamaged);
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(good_, good_object_, {}));
  cache_test::write_file(store.entry_path(good_), genuine);
  EXPECT_TRUE(must_lookup(store, good_).damaged());
  // Its key rewritten: the signature no longer holds.
  Bytes renamed = genuine;
  std::copy(good_.bytes.begin(), good_.bytes.end(), renamed.begin() + 16);
  seal(renamed);
  expect_refused(renamed, good_, *trust(), Origin::kRemote, "not over these bytes");
}

TEST_F(Attack, StrippedSignature) {
  const Bytes genuine = signed_entry(good_, good_object_, *alice_);
  const Bytes stripped = must(with_signatures(genuine, good_, {}));
  expect_refused(stripped, good_, *trust(), Origin::kRemote, "has no signature");
  expect_refused(stripped, good_, *trust(R"({"require_signature": ["local"]})"), Origin::kLocal,
                 "has no signature");
}

TEST_F(Attack, SignedByAStranger) {
  const auto mallory = make_key("mallory", false);
  expect_refused(signed_entry(good_, evil_object_, *mallory), good_, *trust(), Origin::kRemote,
                 "not trusted here");
  // Who says to be alice.
  Bytes forged = signed_entry(good_, evil_object_, *mallory);
  const size_t id_at = must(open_entry(forged, good_)).body.size + 4;
  std::copy(alice_->id().bytes.begin(), alice_->id().bytes.end(),
            forged.begin() + static_cast<ptrdiff_t>(id_at));
  seal(forged);
  expect_refused(forged, good_, *trust(), Origin::kRemote, "not over these bytes");
}

TEST_F(Attack, SharedSecretIsNoPublicKey) {
  // A keyed digest made with the public key as its secret.
  auto fake = SigningKey::from_seed(SignatureKind::kKeyedDigest,
                                    std::span<const uint8_t, 32>(alice_->public_key()->bytes));
  ASSERT_TRUE(fake);
  expect_refused(signed_entry(good_, evil_object_, *fake), good_, *trust(), Origin::kRemote,
                 "not trusted here");
}

TEST_F(Attack, DecompressionBomb) {
  // Unsigned, it is refused before zstd sees it; signed, by its size.
  ByteWriter bomb;
  bomb.write(uint32_t{0xfd2fb528});
  bomb.write(uint8_t{0xe0});
  bomb.write(uint64_t{kMaxObjectSize} * 4);
  Bytes small = entry(good_, Bytes(9000, 1));
  const uint64_t huge = kMaxObjectSize * 4;
  std::memcpy(small.data() + 48, &huge, sizeof huge);
  seal(small);
  expect_refused(small, good_, *trust(), Origin::kLocal, "oversized", ErrorCode::kCacheDamaged);
}

TEST_F(Attack, SymbolicLinks) {
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(good_, good_object_, {}));
  const std::string path = store.entry_path(good_);
  ::unlink(path.c_str());
  cache_test::write_file(scratch_ / "evil", entry(good_, evil_object_));
  ASSERT_EQ(::symlink((scratch_ / "evil").c_str(), path.c_str()), 0);
  auto found = store.lookup(good_);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), HasSubstr("a symbolic link"));
  // A put replaces the link, not what it leads to.
  ASSERT_TRUE(store.put(good_, good_object_, {}));
  EXPECT_EQ(read_file(scratch_ / "evil"), entry(good_, evil_object_));
}

TEST_F(Attack, HardLinks) {
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(good_, good_object_, {}));
  ASSERT_TRUE(store.put(evil_, evil_object_, {}));
  // Another entry by this name.
  ::unlink(store.entry_path(good_).c_str());
  ASSERT_EQ(::link(store.entry_path(evil_).c_str(), store.entry_path(good_).c_str()), 0);
  EXPECT_TRUE(must_lookup(store, good_).damaged());
  EXPECT_TRUE(must_lookup(store, evil_).hit());
  // A put gives the name a file of its own: what another link leads to is never written.
  ASSERT_TRUE(store.put(good_, good_object_, {}));
  ASSERT_EQ(::link(store.entry_path(good_).c_str(), (scratch_ / "kept").c_str()), 0);
  const Bytes before = read_file(scratch_ / "kept");
  ASSERT_TRUE(store.put(good_, noise(50), {}));
  EXPECT_EQ(read_file(scratch_ / "kept"), before);
  // A link to a file that another user owns, or may write.
  ASSERT_EQ(::chmod(store.entry_path(evil_).c_str(), 0602), 0);
  EXPECT_EQ(store.lookup(evil_).error().code(), ErrorCode::kCacheOwner);
}

TEST_F(Attack, RenameRaces) {
  // Somebody swaps the file under the reader's hands, as often as he can: every answer is the good
  // object, or a refusal.
  LocalStore store = open_store();
  const std::string path = store.entry_path(good_);
  ASSERT_TRUE(store.put(good_, good_object_, {}));
  const Bytes good = entry(good_, good_object_);
  const Bytes wrong_key = entry(evil_, evil_object_);
  Bytes cut = good;
  cut.resize(cut.size() / 2);
  std::atomic<bool> stop = false;
  std::thread attacker([&] {
    for (int round = 0; !stop; ++round) {
      const std::string temporary = scratch_ / "swap";
      ::unlink(temporary.c_str());
      if (round % 4 == 3) {
        (void)::symlink((scratch_ / "elsewhere").c_str(), temporary.c_str());
      } else {
        const Bytes& bytes = round % 4 == 0 ? good : round % 4 == 1 ? wrong_key : cut;
        UniqueFd fd(open_at(AT_FDCWD, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
        (void)write_at(fd.get(), bytes, 0, temporary);
      }
      (void)::rename(temporary.c_str(), path.c_str());
    }
  });
  for (int round = 0; round < 2000; ++round) {
    auto found = store.lookup(good_);
    if (found && found->hit()) {
      ASSERT_EQ(found->object, good_object_);
    }
  }
  stop = true;
  attacker.join();
}

TEST_F(Attack, PathTricksInNames) {
  LocalStore store = open_store();
  ASSERT_TRUE(store.put(good_, good_object_, {}));
  for (const char* name : {"../../x", "", "/etc/passwd", "zz", "..", "a/../b"}) {
    EXPECT_EQ(store.find_by_prefix(name).error().code(), ErrorCode::kUsage) << name;
  }
  // Files that are named nearly like entries are none.
  const std::string bucket = store.entry_path(good_).substr(0, folder_.size() + 3);
  cache_test::write_file(bucket + "/" + std::string(62, 'A') + ".entry", as_bytes("x"));
  cache_test::write_file(bucket + "/" + std::string(62, 'a') + ".entry.", as_bytes("x"));
  cache_test::write_file(bucket + "/..entry", as_bytes("x"));
  EXPECT_EQ(store.list()->size(), 1u);
  ASSERT_TRUE(store.clear());
  EXPECT_TRUE(exists(bucket + "/..entry"));
}

}  // namespace
}  // namespace weir
