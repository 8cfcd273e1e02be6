// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The host's policy on every way to run a program: from a store, from a native object, compiled or
// interpreted here. And the attacks of docs/CACHE.md on what is inside an object.
#include "runtime/engine/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cache/local_store.h"
#include "frontend/verifier/verifier.h"
#include "runtime/engine/executable.h"
#include "runtime/engine/helper_table.h"
#include "tests/unit/engine/fakes.h"

namespace weir {
namespace {

using namespace engine_test;
using ::testing::HasSubstr;

constexpr EngineKind kEngines[] = {EngineKind::kAot, EngineKind::kAuto, EngineKind::kInterp,
                                   EngineKind::kJit};

SigningKey new_key() {
  auto key = SigningKey::generate(SignatureKind::kEd25519);
  EXPECT_TRUE(key);
  return std::move(*key);
}

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() : alice_(std::make_shared<const SigningKey>(new_key())) {
    options_.compile.cpu = host_cpu();
    options_.compile.context = ContextKind::kIp;
    options_.compiler = &compiler_;
    std::string name = ::testing::TempDir() + "weir-admission-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~AdmissionTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // What the host allows from here on.
  void allow(std::string_view json) {
    auto policy = HostPolicy::parse(json, "policy.json");
    ASSERT_TRUE(policy) << policy.error().to_string();
    TrustedKey key;
    key.name = "alice";
    key.id = alice_->id();
    key.public_key = *alice_->public_key();
    trust_ = std::make_shared<const Trust>(std::vector{*policy}, std::vector{key}, Revocations{});
    options_.trust = trust_.get();
  }
  LocalStore store() {
    StoreOptions options;
    options.trust = trust_;
    auto opened = LocalStore::open(folder_ + "/cache", options);
    EXPECT_TRUE(opened) << opened.error().to_string();
    return std::move(*opened);
  }
  std::vector<uint8_t> object_bytes(Program program) {
    const VerifiedProgram verified = *verify(std::move(program), options_.compile);
    return *compiler_.compile_object(std::span(&verified, 1));
  }
  std::vector<uint8_t> with_signature(const std::vector<uint8_t>& file) {
    const NativeObject object = *NativeObject::parse(file);
    const Signature signature = alice_->sign(object.signed_body(), unix_now(), 0);
    ByteWriter out;
    out.write_bytes(object.bytes());
    append_signatures(out, std::span(&signature, 1));
    return out.take();
  }
  Status load_object(const std::vector<uint8_t>& file, EngineKind engine) {
    WEIR_TRY(NativeObject object, NativeObject::parse(file));
    options_.engine = engine;
    auto loaded = load_executable(std::move(object), 0, options_);
    if (!loaded) return loaded.take_error();
    return {};
  }
  void expect_refused(const Status& status, std::string_view words) {
    ASSERT_FALSE(status) << words;
    EXPECT_THAT(status.error().to_string(), HasSubstr(std::string(words)));
    EXPECT_NE(status.error().hint(), "");
  }

  std::shared_ptr<const SigningKey> alice_;
  std::string folder_;
  FakeCompiler compiler_;
  LoadOptions options_;
  std::shared_ptr<const Trust> trust_;
};

TEST_F(AdmissionTest, ANativeObjectMustBeSignedWhateverRunsIt) {
  const std::vector<uint8_t> plain = object_bytes(seven());
  const std::vector<uint8_t> good = with_signature(plain);
  for (const EngineKind engine : kEngines) {
    EXPECT_TRUE(load_object(plain, engine)) << "without a policy";
    EXPECT_TRUE(load_object(good, engine)) << "a signature that nobody asks for";
  }
  allow(R"({"require_signature": ["file"]})");
  for (const EngineKind engine : kEngines) {
    expect_refused(load_object(plain, engine), "has no signature, and the host policy policy.json");
    EXPECT_TRUE(load_object(good, engine)) << engine_name(engine);
  }
}

TEST_F(AdmissionTest, AnObjectChangedAfterItWasSigned) {
  // Every byte of the object: what still parses is refused for its signature, on every engine.
  const std::vector<uint8_t> good = with_signature(object_bytes(seven()));
  const size_t body = NativeObject::parse(good)->bytes().size();
  allow(R"({"require_signature": ["file"]})");
  size_t parsed = 0;
  for (size_t at = 0; at < body; ++at) {
    std::vector<uint8_t> changed = good;
    changed[at] ^= 1;
    if (!NativeObject::parse(changed)) continue;
    ++parsed;
    for (const EngineKind engine : kEngines) {
      expect_refused(load_object(changed, engine), "not over these bytes");
    }
  }
  EXPECT_GT(parsed, 4u) << "at least its code can be anything";
  // The signature of another object.
  const std::vector<uint8_t> other = with_signature(object_bytes(seven("other")));
  std::vector<uint8_t> spliced(good.begin(), good.begin() + static_cast<ptrdiff_t>(body));
  spliced.insert(spliced.end(), other.end() - 112, other.end());
  expect_refused(load_object(spliced, EngineKind::kAot), "not over these bytes");
}

TEST_F(AdmissionTest, RevokedObjects) {
  const std::vector<uint8_t> good = with_signature(object_bytes(seven()));
  const std::string digest = NativeObject::parse(good)->signed_body().digest.hex();
  allow(R"({"revoked": [")" + digest + R"("]})");
  for (const EngineKind engine : kEngines) expect_refused(load_object(good, engine), "is revoked");
}

TEST_F(AdmissionTest, PoliciesAndHooksHoldForEveryEngine) {
  for (const EngineKind engine : kEngines) {
    options_.engine = engine;
    allow(R"({"policies": ["strict"]})");
    options_.compile.policy = Policy::kGuard;
    auto refused = load_executable(seven(), options_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kProgramRejected);
    EXPECT_EQ(refused.error().message(),
              "policy guard, which the host policy policy.json does not allow");
    EXPECT_EQ(refused.error().hint(), "\"policies\" allows strict");
    options_.compile.policy = Policy::kStrict;
    EXPECT_TRUE(load_executable(seven(), options_));

    allow(R"({"hooks": ["xdp"]})");
    auto hook = load_executable(seven(), options_);
    ASSERT_FALSE(hook);
    EXPECT_THAT(hook.error().message(), HasSubstr("a program for ip, which"));
  }
}

// A strict program is asked for; what lies in the cache under its key was made with a weaker
// policy.
TEST_F(AdmissionTest, DowngradedPolicy) {
  options_.compile.policy = Policy::kStrict;
  const NativeKey key = native_key(seven(), options_.compile);
  for (const Policy weaker : {Policy::kGuard, Policy::kTrusted}) {
    options_.compile.policy = weaker;
    const std::vector<uint8_t> object = object_bytes(seven());
    options_.compile.policy = Policy::kStrict;
    LocalStore cache = store();
    ASSERT_TRUE(cache.put(key.digest, object, {}));
    CacheReport report;
    EXPECT_FALSE(find_native(key, seven(), options_.compile, cache, nullptr, report));
    EXPECT_EQ(report.outcome, CacheOutcome::kDamaged);
    EXPECT_THAT(report.problems.at(0).message(), HasSubstr("made for another policy"));
  }
  // As a file: the host that asks for strict does not take it on any engine.
  options_.compile.policy = Policy::kGuard;
  const std::vector<uint8_t> guard = object_bytes(seven());
  allow(R"({"policies": ["strict"]})");
  for (const EngineKind engine : kEngines) {
    expect_refused(load_object(guard, engine), "policy guard, which");
  }
}

TEST_F(AdmissionTest, TargetsCompilersAnalysis) {
  const std::vector<uint8_t> object = object_bytes(seven());
  const std::string other = options_.compile.cpu.arch == Arch::kX86_64 ? "aarch64" : "x86_64";
  allow(R"({"targets": [")" + other + R"("]})");
  expect_refused(load_object(object, EngineKind::kAot), "code for ");
  allow(R"({"compilers": ["weir 9.9.9, LLVM 99.1.0"]})");
  expect_refused(load_object(object, EngineKind::kAot), "code by weir");
  allow(R"({"compilers": [")" + std::string(compiler_identity()) + R"("]})");
  EXPECT_TRUE(load_object(object, EngineKind::kAot));
  allow(R"({"min_analysis": 1000})");
  expect_refused(load_object(object, EngineKind::kAot), "version 1 of the analysis");
}

// An unsigned entry of the user's own cache, where the policy asks for signatures: it is compiled
// again, the report says why, and the program runs.
TEST_F(AdmissionTest, ARefusedEntryIsCompiledAgain) {
  options_.engine = EngineKind::kAot;
  {
    LocalStore cache = store();
    options_.cache = &cache;
    ASSERT_TRUE(load_executable(seven(), options_));
    EXPECT_EQ(compiler_.compilations, 1);
    ASSERT_EQ((*load_executable(seven(), options_))->cache().outcome, CacheOutcome::kHit);
  }
  allow(R"({"require_signature": ["local"]})");
  LocalStore cache = store();
  options_.cache = &cache;
  auto loaded = load_executable(seven(), options_);
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  EXPECT_EQ((*loaded)->cache().outcome, CacheOutcome::kRefused);
  EXPECT_THAT((*loaded)->cache().problems.at(0).message(), HasSubstr("has no signature"));
  EXPECT_EQ(compiler_.compilations, 2);
}

// Bytecode that the analysis rejects, under machine code that was never checked.
TEST_F(AdmissionTest, ReverifyAnalysesTheCarriedBytecode) {
  options_.compile.policy = Policy::kStrict;
  const std::vector<uint8_t> good = object_bytes(seven());
  // What an attacker who can sign, or a weir with a fault, would make: strict in the manifest, and
  // bytecode that strict rejects.
  NativeParts parts;
  parts.text = native_text(options_.compile.cpu.arch);
  parts.manifest.abi = kAbiVersion;
  parts.manifest.cpu = options_.compile.cpu;
  parts.manifest.policy = Policy::kStrict;
  parts.manifest.compiler = compiler_identity();
  parts.manifest.code_size = static_cast<uint32_t>(parts.text.size());
  parts.manifest.programs.push_back({.name = "test",
                                     .section = "filter/ip",
                                     .symbol = "weir_test",
                                     .context = ContextKind::kIp,
                                     .entry = 0,
                                     .accesses = 1,
                                     .proven = 1});
  parts.programs.push_back(program_to_bytes(stray()));
  parts.symbols.push_back({"weir_test", 0, parts.manifest.code_size, true});
  const std::vector<uint8_t> lying = *write_native_object(parts);
  EXPECT_TRUE(load_object(lying, EngineKind::kAot)) << "machine code alone tells nothing";

  allow(R"({"reverify": ["file"]})");
  EXPECT_TRUE(load_object(good, EngineKind::kAot));
  for (const EngineKind engine : kEngines) {
    Status refused = load_object(lying, engine);
    ASSERT_FALSE(refused) << engine_name(engine);
    EXPECT_EQ(refused.error().code(), ErrorCode::kProgramRejected);
  }
  // The same bytecode as guard is fine, but its numbers must be those of the analysis.
  parts.manifest.policy = Policy::kGuard;
  EXPECT_THAT(load_object(*write_native_object(parts), EngineKind::kAot).error().message(),
              HasSubstr("the manifest says 1 of 1 accesses are proven"));
  parts.manifest.programs[0].proven = 0;
  EXPECT_TRUE(load_object(*write_native_object(parts), EngineKind::kAot));
}

TEST_F(AdmissionTest, ReverifyOfEntriesOfTheCache) {
  options_.engine = EngineKind::kAot;
  allow(R"({"reverify": ["local"]})");
  LocalStore cache = store();
  options_.cache = &cache;
  ASSERT_TRUE(load_executable(seven(), options_));
  auto warm = load_executable(seven(), options_);
  ASSERT_TRUE(warm);
  EXPECT_EQ((*warm)->cache().outcome, CacheOutcome::kHit);
}

TEST(HostPolicyNames, AreKnownOnes) {
  const auto check = [](std::string_view json) {
    return check_names(*HostPolicy::parse(json, "p"));
  };
  EXPECT_TRUE(check(R"({"policies": ["strict", "guard", "trusted"], "hooks": ["xdp", "ip"],
                        "targets": ["x86_64", "aarch64"]})"));
  for (const char* bad :
       {R"({"policies": ["stict"]})", R"({"hooks": ["xpd"]})", R"({"targets": ["amd64"]})"}) {
    Status known = check(bad);
    ASSERT_FALSE(known) << bad;
    EXPECT_THAT(known.error().message(), HasSubstr("there is no"));
  }
}

}  // namespace
}  // namespace weir
