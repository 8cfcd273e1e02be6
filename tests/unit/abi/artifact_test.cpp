// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/artifact.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/unit/abi/sample_parts.h"

namespace weir {
namespace {

using testing::HasSubstr;

Manifest sample_manifest() {
  return sample::parts(Arch::kX86_64).manifest;
}

Error error_of(const Manifest& manifest) {
  auto result = manifest_from_bytes(manifest_to_bytes(manifest));
  if (result) return Error(ErrorCode::kInternal, "was accepted");
  return result.take_error();
}

TEST(Manifest, RoundTripKeepsEveryField) {
  Manifest manifest = sample_manifest();
  manifest.cpu = {Arch::kAarch64, 0x8000'0000'0000'0001};
  manifest.policy = Policy::kTrusted;
  manifest.opt_level = 3;
  manifest.programs[1].name = std::string("\0\xff\n", 3);
  manifest.programs[1].section.clear();
  manifest.programs[1].helpers = HelperSet::kConformance;
  manifest.programs[1].context = ContextKind::kFrame;
  manifest.programs[1].accesses = manifest.programs[1].proven = UINT32_MAX;
  const auto bytes = manifest_to_bytes(manifest);
  const auto back = manifest_from_bytes(bytes);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(*back, manifest);
  EXPECT_EQ(manifest_to_bytes(*back), bytes);
}

TEST(Manifest, MagicAndAbiComeFirst) {
  const auto bytes = manifest_to_bytes(sample_manifest());
  EXPECT_EQ(as_text(ByteSpan(bytes).first(4)), "weir");
  EXPECT_EQ(bytes[4], kAbiVersion);
}

TEST(Manifest, AnotherAbiIsToldApartWhateverFollows) {
  for (uint32_t abi : {0u, kAbiVersion + 1, UINT32_MAX}) {
    ByteWriter out;
    out.write(kManifestMagic);
    out.write(abi);
    out.write_bytes(as_bytes("something that only another weir understands"));
    const auto result = manifest_from_bytes(out.bytes());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kObjectAbi);
    EXPECT_THAT(result.error().message(), HasSubstr("made for ABI " + std::to_string(abi)));
    EXPECT_THAT(result.error().hint(), HasSubstr("compile the program again"));
  }
}

TEST(Manifest, EveryRuleIsHeld) {
  const std::string unknown_kind =
      fmt::format("program 1: context kind 200, but the last one is {}", kContextCount - 1);
  struct Case {
    std::string_view message;
    ErrorCode code;
    std::function<void(Manifest&)> change;
  };
  constexpr auto kMalformed = ErrorCode::kObjectMalformed;
  constexpr auto kLimit = ErrorCode::kLimit;
  const Case cases[] = {
      {"architecture 0", kMalformed, [](Manifest& m) { m.cpu.arch = Arch{0}; }},
      {"architecture 3", kMalformed, [](Manifest& m) { m.cpu.arch = Arch{3}; }},
      {"policy 3, but the last one is 2", kMalformed, [](Manifest& m) { m.policy = Policy{3}; }},
      {"optimisation level 5", kMalformed, [](Manifest& m) { m.opt_level = 5; }},
      {"not printable", kMalformed, [](Manifest& m) { m.compiler = "weir\n"; }},
      {"257 bytes, at most 256", kLimit,
       [](Manifest& m) { m.compiler.assign(kMaxCompilerName + 1, 'x'); }},
      {"lists no program", kMalformed, [](Manifest& m) { m.programs.clear(); }},
      {unknown_kind, kMalformed, [](Manifest& m) { m.programs[1].context = ContextKind{200}; }},
      {"program 1: helper set 200", kMalformed,
       [](Manifest& m) { m.programs[1].helpers = HelperSet{200}; }},
      {"entry point at 8,", kMalformed, [](Manifest& m) { m.programs[1].entry = 8; }},
      {"entry point at 96,", kMalformed, [](Manifest& m) { m.programs[1].entry = 96; }},
      {"below the code size 0", kMalformed, [](Manifest& m) { m.code_size = 0; }},
      {"4 of 3 accesses", kMalformed, [](Manifest& m) { m.programs[1].proven = 4; }},
      {"symbol ''", kMalformed, [](Manifest& m) { m.programs[1].symbol = ""; }},
      {"symbol '1a'", kMalformed, [](Manifest& m) { m.programs[1].symbol = "1a"; }},
      {"symbol 'a\\x00'", kMalformed,
       [](Manifest& m) { m.programs[1].symbol = std::string("a\0", 2); }},
      {"is no C identifier", kMalformed,
       [](Manifest& m) { m.programs[1].symbol = std::string(129, 'a'); }},
      {"two programs have the symbol 'weir_size'", kMalformed,
       [](Manifest& m) { m.programs[3].symbol = "weir_size"; }},
      {"4097 and 9 bytes", kLimit, [](Manifest& m) { m.programs[1].name.assign(4097, 'x'); }},
      {"4 and 4097 bytes", kLimit, [](Manifest& m) { m.programs[1].section.assign(4097, 'x'); }},
  };
  for (const Case& c : cases) {
    Manifest manifest = sample_manifest();
    c.change(manifest);
    const Error error = error_of(manifest);
    EXPECT_EQ(error.code(), c.code) << c.message;
    EXPECT_THAT(error.message(), HasSubstr(c.message));
    EXPECT_EQ(error.where().section, kManifestSection);
  }
}

TEST(Manifest, AtTheLimits) {
  Manifest manifest = sample_manifest();
  manifest.compiler.assign(kMaxCompilerName, 'x');
  manifest.programs[0].name.assign(kMaxManifestName, 'n');
  manifest.programs[0].section.assign(kMaxManifestName, 's');
  manifest.programs[0].symbol.assign(128, 'a');
  manifest.programs[0].entry = 80;
  EXPECT_TRUE(manifest_from_bytes(manifest_to_bytes(manifest)));
}

TEST(Manifest, ProgramLimit) {
  Manifest manifest = sample_manifest();
  manifest.programs.resize(1);
  for (size_t i = 1; i < kMaxNativePrograms; ++i) {
    ManifestProgram program = manifest.programs[0];
    program.symbol = "p" + std::to_string(i);
    manifest.programs.push_back(program);
  }
  EXPECT_TRUE(manifest_from_bytes(manifest_to_bytes(manifest)));
  ManifestProgram more = manifest.programs[0];
  more.symbol = "one_too_many";
  manifest.programs.push_back(more);
  EXPECT_EQ(error_of(manifest).message(),
            "the manifest lists 4097 programs, at most 4096 are allowed");
}

TEST(Manifest, SizeLimit) {
  Manifest manifest = sample_manifest();
  while (manifest.programs.size() * 2 * kMaxManifestName <= kMaxManifestBytes + (1u << 16)) {
    ManifestProgram program = manifest.programs[0];
    program.symbol = "p" + std::to_string(manifest.programs.size());
    program.name.assign(kMaxManifestName, 'n');
    program.section.assign(kMaxManifestName, 's');
    manifest.programs.push_back(program);
  }
  size_t excess = manifest_to_bytes(manifest).size() - kMaxManifestBytes;
  for (ManifestProgram& program : manifest.programs) {
    const size_t cut = std::min(excess, program.name.size());
    program.name.resize(program.name.size() - cut);
    excess -= cut;
  }
  ASSERT_EQ(manifest_to_bytes(manifest).size(), kMaxManifestBytes);
  EXPECT_TRUE(manifest_from_bytes(manifest_to_bytes(manifest)));
  manifest.compiler += 'x';
  EXPECT_EQ(error_of(manifest).message(),
            "the manifest has 4194305 bytes, at most 4194304 are allowed");
}

TEST(Manifest, RunConfigurationsTravel) {
  Manifest manifest = sample_manifest();
  manifest.programs[1].run_config = {10, 1u << 1 | 1u << 2};
  const auto read = manifest_from_bytes(manifest_to_bytes(manifest));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, manifest);
  EXPECT_FALSE(read->programs[0].run_config);
}

TEST(Manifest, ARunConfigurationIsThereOrNot) {
  Manifest manifest = sample_manifest();
  manifest.programs.resize(1);
  auto bytes = manifest_to_bytes(manifest);
  bytes.back() = 2;  // the last byte says whether there is one
  const auto read = manifest_from_bytes(bytes);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("a run configuration is there or not"));
}

TEST(Manifest, AHostileCountAllocatesNothing) {
  auto bytes = manifest_to_bytes(sample_manifest());
  const size_t count_at = 4 + 4 + 1 + 8 + 1 + 1 + 4 + 4 + std::string("weir test").size() + 4;
  ASSERT_EQ(bytes[count_at], 4);
  const uint32_t many = 4000;
  std::memcpy(&bytes[count_at], &many, 4);
  const auto result = manifest_from_bytes(bytes);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("list of 4000 programs"));
}

TEST(Manifest, TruncatedAtEveryLengthAndOneTooLong) {
  auto bytes = manifest_to_bytes(sample_manifest());
  for (size_t n = 0; n < bytes.size(); ++n) {
    const auto result = manifest_from_bytes(ByteSpan(bytes).first(n));
    ASSERT_FALSE(result) << n;
    EXPECT_EQ(result.error().code(), ErrorCode::kObjectTruncated) << n;
  }
  bytes.push_back(0);
  const auto result = manifest_from_bytes(bytes);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("1 bytes follow the end of the manifest"));
}

TEST(Manifest, WhatIsAcceptedIsWhatWouldBeWritten) {
  const auto original = manifest_to_bytes(sample_manifest());
  size_t accepted = 0;
  auto check = [&](const std::vector<uint8_t>& bytes) {
    const auto result = manifest_from_bytes(bytes);
    if (!result) return;
    ++accepted;
    ASSERT_EQ(manifest_to_bytes(*result), bytes);
  };
  for (size_t bit = 0; bit < original.size() * 8; ++bit) {
    auto bytes = original;
    bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    check(bytes);
  }
  EXPECT_GT(accepted, 100u);  // names, numbers
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    auto bytes = original;
    for (uint64_t n = random() % 4 + 1; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    }
    check(bytes);
    std::vector<uint8_t> noise(random() % 100);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
    check(noise);
  }
}

}  // namespace
}  // namespace weir
