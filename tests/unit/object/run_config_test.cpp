// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libxdp's XDP_RUN_CONFIG.
#include "frontend/object/run_config.h"

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;

constexpr uint32_t kDrop = 1u << 1, kPass = 1u << 2, kTx = 1u << 3;

RunConfig config_of(const std::vector<uint8_t>& btf, std::string_view program) {
  auto config = read_run_config(btf, program);
  EXPECT_TRUE(config) << config.error().to_string();
  return config ? *config : RunConfig{};
}

TEST(RunConfig, PriorityAndActions) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  EXPECT_EQ(config_of(object.btf, "early"), (RunConfig{10, kDrop | kPass, true}));
}

TEST(RunConfig, AnActionMayBeTakenAwayAndOtherNamesMeanNothing) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  EXPECT_EQ(config_of(object.btf, "odd"), (RunConfig{50, kTx, true}));
}

TEST(RunConfig, NothingSaidIsThePriorityOf50AfterPass) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("run_config.o");
  EXPECT_EQ(config_of(object.btf, "plain"), (RunConfig{50, kPass, false}));
  EXPECT_EQ(config_of(object.btf, "arly"), (RunConfig{50, kPass, false}));
  EXPECT_EQ(config_of({}, "early"), (RunConfig{50, kPass, false}));
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
  EXPECT_FALSE(read_run_config(std::vector<uint8_t>(40, 0x55), "early"));
}

}  // namespace
}  // namespace weir
