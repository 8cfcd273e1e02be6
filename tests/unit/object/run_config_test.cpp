// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libxdp's XDP_RUN_CONFIG.
#include "frontend/object/run_config.h"

#include "frontend/object/link_program.h"

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;

constexpr uint32_t kDrop = 1u << 1, kPass = 1u << 2, kTx = 1u << 3;

std::optional<RunConfig> config_of(const std::vector<uint8_t>& btf, std::string_view program) {
  auto config = read_run_config(btf, program);
  EXPECT_TRUE(config) << config.error().to_string();
  return config ? *config : std::nullopt;
}

TEST(RunConfig, PriorityAndActions) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  EXPECT_EQ(config_of(object.btf, "early"), (RunConfig{10, kDrop | kPass}));
}

TEST(RunConfig, AnActionMayBeTakenAwayAndOtherNamesMeanNothing) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  EXPECT_EQ(config_of(object.btf, "odd"), (RunConfig{50, kTx}));
}

TEST(RunConfig, NothingSaidIsNothing) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  EXPECT_EQ(config_of(object.btf, "plain"), std::nullopt);
  EXPECT_EQ(config_of(object.btf, "arly"), std::nullopt);
  EXPECT_EQ(config_of({}, "early"), std::nullopt);
}

TEST(RunConfig, WhatIsNoNumberIsRefused) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  const auto config = read_run_config(object.btf, "wrong");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::kBtfMalformed);
  EXPECT_NE(config.error().message().find("'priority'"), std::string::npos);
}

TEST(RunConfig, BtfThatIsNone) {
  const std::string bytes = "no BTF, but .xdp_run_config in it";
  EXPECT_FALSE(read_run_config(std::vector<uint8_t>(bytes.begin(), bytes.end()), "early"));
  // Where the section's name does not occur, nobody looks.
  EXPECT_EQ(config_of(std::vector<uint8_t>(40, 0x55), "early"), std::nullopt);
}

TEST(RunConfig, LinkedProgramsHaveIt) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  const auto linked = [&](std::string_view name) {
    return link_program(object, **object.find_program(name));
  };
  EXPECT_EQ(linked("early")->run_config, (RunConfig{10, kDrop | kPass}));
  EXPECT_EQ(linked("plain")->run_config, std::nullopt);
  const auto wrong = linked("wrong");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().where().program, "wrong");
}

}  // namespace
}  // namespace weir
