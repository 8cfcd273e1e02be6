// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which signatures count, for which origins, under which policy.
#include "cache/trust.h"

#include <unistd.h>

#include "tests/unit/cache/trust_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using ::testing::HasSubstr;

class TrustRules : public TrustFixture {
 protected:
  Digest key_ = key_of("program");
  Bytes object_ = noise(500);
};

TEST_F(TrustRules, WithoutFilesOnlyTheNetworkNeedsASignature) {
  const Trust none;
  for (const Origin origin : {Origin::kLocal, Origin::kSystem, Origin::kFile}) {
    EXPECT_FALSE(none.needs_signature(origin));
    EXPECT_TRUE(take_entry(entry(key_, object_), key_, none, origin));
  }
  EXPECT_TRUE(none.needs_signature(Origin::kRemote));
  expect_refused(entry(key_, object_), key_, none, Origin::kRemote, "has no signature");
  const auto key = make_key("alice", false);
  expect_refused(signed_entry(key_, object_, *key), key_, none, Origin::kRemote, "not trusted");
}

TEST_F(TrustRules, NoPolicyWeakensTheRuleForTheNetwork) {
  const auto rules = trust(R"({"require_signature": []})");
  EXPECT_TRUE(rules->needs_signature(Origin::kRemote));
  expect_refused(entry(key_, object_), key_, *rules, Origin::kRemote, "has no signature");
}

TEST_F(TrustRules, ATrustedKeyOpensTheDoor) {
  for (const SignatureKind kind : {SignatureKind::kEd25519, SignatureKind::kKeyedDigest}) {
    const auto key = make_key(std::string(signature_kind_name(kind)), true, kind);
    const auto rules = trust();
    auto taken = take_entry(signed_entry(key_, object_, *key), key_, *rules, Origin::kRemote);
    ASSERT_TRUE(taken) << taken.error().to_string();
    EXPECT_EQ(taken->object, object_);
  }
}

TEST_F(TrustRules, EachOriginCanBeMadeToNeedOne) {
  const auto key = make_key("alice");
  for (const Origin origin : kOrigins) {
    const auto rules =
        trust(R"({"require_signature": [")" + std::string(origin_name(origin)) + R"("]})");
    EXPECT_TRUE(rules->needs_signature(origin));
    expect_refused(entry(key_, object_), key_, *rules, origin, "has no signature, and");
    EXPECT_TRUE(take_entry(signed_entry(key_, object_, *key), key_, *rules, origin));
  }
}

TEST_F(TrustRules, SignersByNameOrId) {
  const auto alice = make_key("alice");
  const auto bob = make_key("bob");
  for (const std::string& who : {std::string("alice"), alice->id().hex()}) {
    const auto rules = trust(R"({"require_signature": ["local"], "signers": [")" + who + R"("]})");
    EXPECT_TRUE(take_entry(signed_entry(key_, object_, *alice), key_, *rules, Origin::kLocal));
    expect_refused(signed_entry(key_, object_, *bob), key_, *rules, Origin::kLocal,
                   "signed by 'bob', which policy.json does not name");
    // The rule for the network knows no names, but this policy can be told to hold for it.
    EXPECT_TRUE(take_entry(signed_entry(key_, object_, *bob), key_, *rules, Origin::kRemote));
  }
}

TEST_F(TrustRules, OneGoodSignatureOfSeveralIsEnough) {
  const auto alice = make_key("alice");
  const auto stranger = make_key("stranger", false);
  const Bytes plain = entry(key_, object_);
  const SignedBody body = must(open_entry(plain, key_)).body;
  const Signature both[] = {stranger->sign(body, unix_now(), 0), alice->sign(body, unix_now(), 0)};
  EXPECT_TRUE(
      take_entry(must(with_signatures(plain, key_, both)), key_, *trust(), Origin::kRemote));
  const Signature one[] = {both[0]};
  expect_refused(must(with_signatures(plain, key_, one)), key_, *trust(), Origin::kRemote,
                 "not trusted here");
}

TEST_F(TrustRules, OfSeveralPoliciesAllMustAgree) {
  const auto alice = make_key("alice");
  const auto bob = make_key("bob");
  const Trust rules({policy(R"({"require_signature": ["file"], "signers": ["alice"]})"),
                     policy(R"({"require_signature": ["file"], "signers": ["bob"]})")},
                    must(keys_.trusted_keys()), {});
  const SignedBody body{SignedThing::kNativeObject, key_of("x"), 1};
  const Signature a = alice->sign(body, unix_now(), 0), b = bob->sign(body, unix_now(), 0);
  EXPECT_FALSE(rules.check(body, std::span(&a, 1), Origin::kFile));
  EXPECT_FALSE(rules.check(body, std::span(&b, 1), Origin::kFile));
  const Signature both[] = {a, b};
  EXPECT_TRUE(rules.check(body, both, Origin::kFile));
}

TEST_F(TrustRules, TheStoreAsksIt) {
  const auto alice = make_key("alice");
  StoreOptions options;
  options.trust = trust(R"({"require_signature": ["local"]})");
  {
    LocalStore store = open_store(options);
    ASSERT_TRUE(store.put(key_, object_, {}));
    auto found = store.lookup(key_);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), ErrorCode::kCacheOwner);
    EXPECT_THAT(found.error().message(), HasSubstr("has no signature, and the host policy"));
    EXPECT_EQ(found.error().where().file, store.entry_path(key_));
    EXPECT_TRUE(exists(store.entry_path(key_))) << "it stays where it is";
    EXPECT_EQ(store.stats()->refused, 1u);
  }
  options.signer = std::make_shared<const Signer>(Signer{alice, {}, {}});
  LocalStore store = open_store(options);
  ASSERT_TRUE(store.put(key_, object_, {}));
  EXPECT_EQ(must_lookup(store, key_).object, object_);
}

TEST_F(TrustRules, AnEntryTravelsWithItsSignatures) {
  const auto alice = make_key("alice");
  LocalStore from = open_store();
  ASSERT_TRUE(from.put_entry(key_, signed_entry(key_, object_, *alice)));
  const auto file = must(from.read_entry(key_));
  ASSERT_TRUE(file);
  auto taken = take_entry(*file, key_, *trust(), Origin::kRemote);
  ASSERT_TRUE(taken) << taken.error().to_string();
  EXPECT_EQ(must_lookup(from, key_).object, object_);
  EXPECT_FALSE(must(from.read_entry(key_of("none"))));
  EXPECT_EQ(from.put_entry(key_of("another"), *file).error().code(), ErrorCode::kCacheDamaged);
}

TEST_F(TrustRules, ASystemStoreMayBeRootsAndNobodyElses) {
  { (void)open_store().put(key_, object_, {}); }
  StoreOptions options;
  options.read_only = true;
  options.origin = Origin::kSystem;
  LocalStore store = open_store(options);
  Lookup found = must_lookup(store, key_);
  ASSERT_TRUE(found.hit());
  EXPECT_EQ(found.origin, Origin::kSystem);
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  // Root's files, read by another user: a system store, but no store of its own.
  ASSERT_EQ(::system(("chmod -R go+rX,go-w " + scratch_.path()).c_str()), 0);
  EXPECT_CHILD([&]() -> std::string {
    if (::setuid(65534) != 0) return "SKIP: cannot become another user";
    auto as_system = LocalStore::open(folder_, options);
    CHILD_CHECK(as_system);
    auto hit = as_system->lookup(key_);
    CHILD_CHECK(hit);
    CHILD_CHECK(hit->hit());
    CHILD_CHECK(as_system->list()->size() == 1);
    CHILD_CHECK(LocalStore::open(folder_).error().code() == ErrorCode::kCacheOwner);
    return "";
  });
  ASSERT_EQ(::system(("chown -R 65534 " + folder_).c_str()), 0);
  EXPECT_EQ(LocalStore::open(folder_, options).error().code(), ErrorCode::kCacheOwner);
}

TEST_F(TrustRules, FilesAreLoaded) {
  make_key("alice");
  const std::string path = scratch_ / "policy.json";
  const TrustSources sources{{{path, false}}, {scratch_ / "keys", scratch_ / "nowhere"}};
  EXPECT_EQ(must(Trust::load(sources)).keys().size(), 1u);
  cache_test::write_file(path, as_bytes(R"({"require_signature": ["file"]})"));
  EXPECT_TRUE(must(Trust::load(sources)).needs_signature(Origin::kFile));
  // A policy that cannot be had is no policy to go on without.
  cache_test::write_file(path, as_bytes(R"({"require_signature": ["file"])"));
  EXPECT_EQ(Trust::load(sources).error().code(), ErrorCode::kUsage);
  cache_test::write_file(path, as_bytes("{}"), 0666);
  EXPECT_EQ(Trust::load(sources).error().code(), ErrorCode::kCacheOwner);
  ::unlink(path.c_str());
  EXPECT_TRUE(Trust::load(sources));
  EXPECT_EQ(Trust::load({{{path, true}}, {}}).error().code(), ErrorCode::kNotFound);
}

TEST(HostPolicyText, EverythingItCanSay) {
  auto policy = HostPolicy::parse(R"({
    // comments are allowed
    "require_signature": ["local", "file"], "signers": ["a", "b"],
    "signed_after": "2026-11-01", "max_signature_age": "30d",
    "revoked": ["00112233445566778899aabbccddeeff"],
    "policies": ["strict"], "hooks": ["xdp", "ip"], "targets": ["x86_64"],
    "compilers": ["weir 0.1.0, LLVM 19.1.7"], "min_analysis": 3, "reverify": ["remote"]
  })",
                                  "p");
  ASSERT_TRUE(policy) << policy.error().to_string();
  EXPECT_EQ(policy->require_signature, Origins().add(Origin::kLocal).add(Origin::kFile));
  EXPECT_EQ(policy->signers->size(), 2u);
  EXPECT_EQ(policy->signed_after, 1793491200);
  EXPECT_EQ(policy->max_signature_age, std::chrono::hours(720));
  EXPECT_EQ(policy->revoked_keys.size(), 1u);
  EXPECT_EQ(policy->hooks->at(1), "ip");
  EXPECT_EQ(policy->min_analysis, 3u);
  EXPECT_TRUE(policy->reverify.has(Origin::kRemote));
}

TEST(HostPolicyText, AMistakeIsNoPermission) {
  for (const auto& [text, words] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "no JSON object"},
           {"[]", "no JSON object"},
           {"{} {}", "no JSON object"},
           {R"({"require_signatures": []})", "'require_signatures': is not known"},
           {R"({"require_signature": "local"})", "'require_signature': is no list"},
           {R"({"require_signature": ["loca"]})", "'loca' is none of local"},
           {R"({"require_signature": [1]})", "a list of strings"},
           {R"({"signers": null})", "is no list"},
           {R"({"signed_after": "yesterday"})", "'yesterday' is no time"},
           {R"({"signed_after": 1})", "is no string"},
           {R"({"max_signature_age": "old"})", "is no age"},
           {R"({"min_analysis": -1})", "is no number"},
           {R"({"min_analysis": 4294967296})", "is no number"},
           {R"({"revoked": ["12"]})", "neither a digest"},
           {R"({"hooks": ["xdp"], "hooks": ["ip"]})", "'hooks': stands there twice"}}) {
    auto policy = HostPolicy::parse(text, "p");
    ASSERT_FALSE(policy) << text;
    EXPECT_EQ(policy.error().code(), ErrorCode::kUsage);
    EXPECT_THAT(policy.error().message(), HasSubstr(words)) << text;
    EXPECT_EQ(policy.error().where().file, "p");
  }
}

class KeyFolderTest : public TrustFixture {};

TEST_F(KeyFolderTest, NamesAreNamesAndNoPaths) {
  for (const char* name :
       {"", ".", "..", "../x", "a/b", ".hidden", "a b", "a\n", "\xc3\xa9", "-/../../etc/x"}) {
    EXPECT_FALSE(check_key_name(name)) << name;
    EXPECT_EQ(keys_.generate(name, SignatureKind::kEd25519).error().code(), ErrorCode::kUsage);
    EXPECT_FALSE(keys_.signing_key(name));
    EXPECT_FALSE(keys_.trust_own(name));
    EXPECT_FALSE(keys_.find(name));
  }
  EXPECT_FALSE(check_key_name(std::string(65, 'a')));
  EXPECT_TRUE(check_key_name(std::string(64, 'a')));
  EXPECT_TRUE(check_key_name("build-server_2.fleet"));
}

TEST_F(KeyFolderTest, GenerateListTrustRevoke) {
  const auto key = make_key("alice", false);
  auto own = must(keys_.own_keys());
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].id, key->id());
  EXPECT_TRUE(must(keys_.trusted_keys()).empty());
  EXPECT_EQ(must(keys_.find("alice")), key->id());
  EXPECT_EQ(keys_.generate("alice", SignatureKind::kEd25519).error().code(), ErrorCode::kUsage);

  ASSERT_TRUE(keys_.trust_own("alice"));
  ASSERT_TRUE(keys_.trust_own("alice")) << "twice is as once";
  EXPECT_EQ(must(keys_.trusted_keys()).at(0).id, key->id());
  const auto other = make_key("bob", false);
  EXPECT_EQ(keys_.trust("alice", *other->public_key()).error().code(), ErrorCode::kUsage);

  ASSERT_TRUE(keys_.revoke(key->id(), "lost\nnotebook"));
  ASSERT_TRUE(keys_.revoke(key->id(), "again"));
  ASSERT_TRUE(keys_.revoke(key_of("object"), ""));
  const Revocations revoked = must(keys_.revocations());
  EXPECT_EQ(revoked.keys, std::vector{key->id()});
  EXPECT_EQ(revoked.digests, std::vector{key_of("object")});
}

TEST_F(KeyFolderTest, WhatOthersCanWriteIsRefused) {
  make_key("alice");
  const std::string trusted = scratch_ / "keys/trusted";
  ASSERT_EQ(::chmod((trusted + "/alice.pub").c_str(), 0666), 0);
  EXPECT_EQ(keys_.trusted_keys().error().code(), ErrorCode::kCacheOwner);
  ASSERT_EQ(::chmod((trusted + "/alice.pub").c_str(), 0644), 0);
  EXPECT_TRUE(keys_.trusted_keys());
  ASSERT_EQ(::chmod(trusted.c_str(), 0777), 0);
  EXPECT_EQ(keys_.trusted_keys().error().code(), ErrorCode::kCacheOwner);
  ASSERT_EQ(::chmod(trusted.c_str(), 0700), 0);
  ASSERT_EQ(::chmod((scratch_ / "keys").c_str(), 0777), 0);
  EXPECT_EQ(KeyFolder::open(scratch_ / "keys", false).error().code(), ErrorCode::kCacheOwner);
}

TEST_F(KeyFolderTest, RevocationsAreReadStrictly) {
  const std::string path = scratch_ / "keys/revoked";
  cache_test::write_file(path, as_bytes("# lost\n\n" + std::string(32, 'a') + " why\n"));
  EXPECT_EQ(must(keys_.revocations()).keys.size(), 1u);
  cache_test::write_file(path, as_bytes(std::string(31, 'a')));
  auto revoked = keys_.revocations();
  ASSERT_FALSE(revoked);
  EXPECT_THAT(revoked.error().message(), HasSubstr("neither the id of a key"));
}

}  // namespace
}  // namespace weir
