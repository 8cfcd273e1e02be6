// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/compile/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "frontend/isa/program_bytes.h"
#include "runtime/abi/host_hooks.h"
#include "tests/unit/engine/fakes.h"

namespace weir {
namespace {

using namespace engine_test;
using ::testing::HasSubstr;

CompileOptions some_options() {
  CompileOptions options;
  options.policy = Policy::kStrict;
  options.opt_level = 3;
  options.cpu = host_cpu();
  options.context = ContextKind::kXdp;
  options.helpers = HelperSet::kKernel;
  options.debug_info = DebugInfo::kInstructions;
  options.inlining = false;
  options.profile = std::make_shared<BranchProfile>(BranchProfile{{{9, 4}, {5, 0}}, 9});
  return options;
}

TEST(CompileRequestTest, GoesBothWays) {
  Program program = seven("a program");
  program.run_config.emplace();
  program.run_config->priority = 7;
  const auto bytes = request_to_bytes(program, some_options());
  const auto back = request_from_bytes(bytes);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(back->program.run_config, program.run_config);
  EXPECT_EQ(program_to_bytes(back->program), program_to_bytes(seven("a program")));
  EXPECT_EQ(back->options.policy, Policy::kStrict);
  EXPECT_EQ(back->options.opt_level, 3);
  EXPECT_EQ(back->options.cpu, host_cpu());
  EXPECT_EQ(back->options.context, ContextKind::kXdp);
  EXPECT_EQ(back->options.helpers, HelperSet::kKernel);
  EXPECT_EQ(back->options.debug_info, DebugInfo::kInstructions);
  EXPECT_FALSE(back->options.inlining);
  ASSERT_TRUE(back->options.profile);
  EXPECT_EQ(*back->options.profile, (BranchProfile{{{9, 4}, {5, 0}}, 9}));
}

TEST(CompileRequestTest, CutShortAnywhereIsAnError) {
  const auto bytes = request_to_bytes(seven(), some_options());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(request_from_bytes(ByteSpan(bytes).first(size))) << size;
  auto longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(request_from_bytes(longer));
}

TEST(CompileRequestTest, AnyBytesGiveARequestOrAnError) {
  const auto bytes = request_to_bytes(seven(), some_options());
  std::mt19937 random(1);
  size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto changed = bytes;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<uint8_t>(random());
    const auto back = request_from_bytes(changed);
    if (!back) continue;
    ++taken;
    // What is taken is whole: it can be sent on.
    EXPECT_TRUE(request_from_bytes(request_to_bytes(back->program, back->options)));
  }
  EXPECT_GT(taken, 0U);
}

TEST(CompileRequestTest, WhatAHostRegisteredHereIsNotKnownElsewhere) {
  ContextDescription hook;
  hook.name = "request_test";
  hook.bytes = 8;
  hook.fields.push_back({.name = "a", .offset = 0, .size = 8});
  const auto kind = register_context(hook);
  ASSERT_TRUE(kind) << kind.error().to_string();
  CompileOptions options = some_options();
  options.context = *kind;
  std::vector<uint8_t> bytes = request_to_bytes(seven(), options);
  EXPECT_TRUE(request_from_bytes(bytes));  // here it is
  const std::string known = "request_test", other = "request_tesu";
  for (auto at = bytes.begin();;) {
    at = std::search(at, bytes.end(), known.begin(), known.end());
    if (at == bytes.end()) break;
    at = std::copy(other.begin(), other.end(), at);
  }
  const auto back = request_from_bytes(bytes);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().to_string(), HasSubstr("does not know the hook kind"));
  EXPECT_THAT(back.error().to_string(), HasSubstr("request_tesu"));
}

TEST(CompileRequestTest, ErrorsGoBothWays) {
  const Error error = Error(ErrorCode::kProgramRejected, "it reads too far")
                          .with_hint("compare first")
                          .at({.file = "f.o",
                               .section = "xdp",
                               .program = "p",
                               .instruction = 7,
                               .source_file = "f.c",
                               .source_line = 12,
                               .source_text = "x = *p;"});
  EXPECT_EQ(error_from_bytes(error_to_bytes(error)).to_string(), error.to_string());
  EXPECT_EQ(error_from_bytes({}).code(), ErrorCode::kCompilerFailed);
}

TEST(CompileRequestTest, Headers) {
  const std::vector<uint8_t> body(5);
  const auto bytes = message(MessageKind::kObject, body);
  const auto header = read_header(ByteSpan(bytes).first(kMessageHeader), 5);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, MessageKind::kObject);
  EXPECT_EQ(header->size, 5U);
  EXPECT_EQ(read_header(ByteSpan(bytes).first(kMessageHeader), 4).error().code(),
            ErrorCode::kLimit);
  for (const size_t at : {size_t{0}, size_t{7}}) {
    auto wrong = bytes;
    wrong[at] ^= 0x40;
    EXPECT_FALSE(read_header(ByteSpan(wrong).first(kMessageHeader), 5)) << at;
  }
}

}  // namespace
}  // namespace weir
