// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One test for each option and each part of a program: if it can change the machine code, it must
// change the key.
#include "runtime/abi/compile_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "frontend/support/bytes.h"
#include "runtime/abi/artifact.h"
#include "tests/unit/abi/sample_parts.h"
#include "weir/version.h"

namespace weir {
namespace {

Program sample_program() {
  return sample::program("main", 1);
}

std::vector<std::string> tags(const std::vector<CompileKeyField>& fields) {
  std::vector<std::string> out;
  for (const CompileKeyField& field : fields) out.push_back(field.tag);
  return out;
}

// The tags of the fields whose values differ.
std::vector<std::string> changed(const CompileOptions& options,
                                 const Program& program = sample_program()) {
  const auto before = compile_key_fields(sample_program(), CompileOptions{});
  const auto after = compile_key_fields(program, options);
  EXPECT_EQ(tags(before), tags(after));
  std::vector<std::string> out;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].value != after[i].value) out.push_back(before[i].tag);
  }
  return out;
}

using Tags = std::vector<std::string>;

TEST(CompileKey, FieldsAndTheirOrder) {
  CompileOptions options;
  options.cpu = *parse_cpu("x86-64-v3,+adx");
  const auto fields = compile_key_fields(sample_program(), options);
  EXPECT_EQ(tags(fields),
            (Tags{"abi", "compiler", "program", "policy", "opt-level", "cpu", "context", "helpers",
                  "debug-info", "inlining", "profile", "analysis"}));
  auto value = [&](size_t i) { return std::string(as_text(fields[i].value)); };
  EXPECT_EQ(value(0), std::to_string(kAbiVersion));
  EXPECT_EQ(value(1), compiler_identity());
  EXPECT_EQ(fields[2].value, program_to_bytes(sample_program()));
  EXPECT_FALSE(fields[2].text);
  EXPECT_EQ(value(3), "guard");
  EXPECT_EQ(value(4), "2");
  EXPECT_THAT(value(5), testing::StartsWith("x86-64-v3,+adx (x86_64, features 0x"));
  EXPECT_EQ(value(6), "memory");
  EXPECT_EQ(value(7), "none");
  EXPECT_EQ(value(8), "source");
  EXPECT_EQ(value(9), "on");
  EXPECT_EQ(value(10), "");
  EXPECT_EQ(value(11), std::to_string(kAnalysisVersion));
}

TEST(CompileKey, SameInputsSameFields) {
  EXPECT_EQ(changed({}), Tags{});
}

TEST(CompileKey, Policy) {
  EXPECT_EQ(changed({.policy = Policy::kStrict}), Tags{"policy"});
  EXPECT_EQ(changed({.policy = Policy::kTrusted}), Tags{"policy"});
}

TEST(CompileKey, OptLevel) {
  for (uint8_t level : {0, 1, 3, 4}) EXPECT_EQ(changed({.opt_level = level}), Tags{"opt-level"});
}

TEST(CompileKey, CpuArch) {
  EXPECT_EQ(changed({.cpu = {Arch::kAarch64, 0}}), Tags{"cpu"});
}

// Also the bits that no table names yet, and those of an architecture without a table.
TEST(CompileKey, CpuFeatures) {
  std::set<std::vector<uint8_t>> values;
  for (Arch arch : {Arch::kX86_64, Arch::kAarch64}) {
    for (int bit = 0; bit < 64; ++bit) {
      const CompileOptions options{.cpu = {arch, 1ull << bit}};
      values.insert(compile_key_fields(sample_program(), options)[5].value);
    }
  }
  EXPECT_EQ(values.size(), 128u);
}

TEST(CompileKey, Context) {
  EXPECT_EQ(changed({.context = ContextKind::kIp}), Tags{"context"});
  EXPECT_EQ(changed({.context = ContextKind::kFrame}), Tags{"context"});
}

TEST(CompileKey, Helpers) {
  EXPECT_EQ(changed({.helpers = HelperSet::kConformance}), Tags{"helpers"});
}

TEST(CompileKey, DebugInfo) {
  EXPECT_EQ(changed({.debug_info = DebugInfo::kNone}), Tags{"debug-info"});
  EXPECT_EQ(changed({.debug_info = DebugInfo::kInstructions}), Tags{"debug-info"});
}

TEST(CompileKey, Inlining) {
  EXPECT_EQ(changed({.inlining = false}), Tags{"inlining"});
}

TEST(CompileKey, Profile) {
  std::set<std::vector<uint8_t>> values;
  for (const BranchProfile& profile : {BranchProfile{}, BranchProfile{{{1, 0}}, 1},
                                       BranchProfile{{{1, 1}}, 1}, BranchProfile{{{1, 1}}, 2}}) {
    const auto shared = std::make_shared<const BranchProfile>(profile);
    EXPECT_EQ(changed({.profile = shared}), Tags{"profile"});
    values.insert(compile_key_fields(sample_program(), {.profile = shared})[10].value);
  }
  EXPECT_EQ(values.size(), 4u);
}

TEST(CompileKey, EveryPartOfTheProgram) {
  const Tags program_only = {"program"};
  auto check = [&](auto change) {
    Program program = sample_program();
    change(program);
    EXPECT_EQ(changed({}, program), program_only);
  };
  check([](Program& p) { p.insns[0].imm = 2; });
  check([](Program& p) { p.name = "other"; });
  check([](Program& p) { p.section = "filter/ip"; });
  check([](Program& p) { p.license = "GPL"; });
  check([](Program& p) { p.subprograms[0].name = "f"; });
  check([](Program& p) { p.maps.push_back({.name = "m"}); });
  check([](Program& p) { p.kfuncs.push_back("k"); });
  check([](Program& p) { p.source_files.push_back("f.c"); });
  check([](Program& p) {
    p.source_files.push_back("f.c");
    p.lines.push_back({0, 1, 0, 0, ""});
  });
  check([](Program& p) { p.poisoned.push_back({0, "why"}); });
}

TEST(CompileKey, EveryMapShape) {
  auto with_map = [](auto change) {
    Program program = sample_program();
    MapDef& map = program.maps.emplace_back();
    change(map);
    return compile_key_fields(program, {})[2].value;
  };
  std::set<std::vector<uint8_t>> values;
  values.insert(with_map([](MapDef&) {}));
  values.insert(with_map([](MapDef& m) { m.name = "m"; }));
  values.insert(with_map([](MapDef& m) { m.type = 1; }));
  values.insert(with_map([](MapDef& m) { m.key_size = 1; }));
  values.insert(with_map([](MapDef& m) { m.value_size = 1; }));
  values.insert(with_map([](MapDef& m) { m.max_entries = 1; }));
  values.insert(with_map([](MapDef& m) { m.flags = 1; }));
  values.insert(with_map([](MapDef& m) { m.pinning = 1; }));
  values.insert(with_map([](MapDef& m) { m.key_type_id = 1; }));
  values.insert(with_map([](MapDef& m) { m.value_type_id = 1; }));
  values.insert(with_map([](MapDef& m) { m.map_extra = 1; }));
  values.insert(with_map([](MapDef& m) { m.map_extra = uint64_t{1} << 32; }));
  values.insert(with_map([](MapDef& m) { m.numa_node = 1; }));
  values.insert(with_map([](MapDef& m) { m.spin_lock_offset = 0; }));
  values.insert(with_map([](MapDef& m) { m.read_only = true; }));
  values.insert(with_map([](MapDef& m) { m.initial = {0}; }));
  values.insert(with_map([](MapDef& m) { m.inner.emplace_back(); }));
  values.insert(with_map([](MapDef& m) { m.slots.push_back({0, "f"}); }));
  EXPECT_EQ(values.size(), 18u);
}

TEST(CompileKey, CompilerIdentity) {
  EXPECT_EQ(compiler_identity(), "weir " WEIR_VERSION ", LLVM " WEIR_LLVM_VERSION);
  EXPECT_THAT(
      std::string(compiler_identity()),
      testing::MatchesRegex("weir [0-9]+\\.[0-9]+\\.[0-9]+, LLVM [0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace weir
