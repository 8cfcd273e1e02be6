// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Order and ends of a chain, with results made up here instead of programs.
#include "runtime/hooks/chain.h"
#include "runtime/hooks/packet_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::ElementsAre;

constexpr uint64_t kUnspec = UINT32_MAX;
constexpr uint64_t kDrop = 1, kPass = 2, kTx = 3;

std::vector<size_t> order(const Chain& chain) {
  std::vector<size_t> out;
  for (const ChainLink& link : chain.links()) out.push_back(link.program);
  return out;
}

struct Ran {
  ChainResult result;
  std::vector<size_t> programs;
};

// results[n] is what program n gives.
Ran run(const Chain& chain, const std::vector<uint64_t>& results) {
  Ran ran;
  ran.result = chain.run([&](const ChainLink& link) {
    ran.programs.push_back(link.program);
    return results[link.program];
  });
  return ran;
}

Chain chain_of(ContextKind kind, size_t count) {
  std::vector<ChainLink> links;
  for (size_t i = 0; i < count; ++i) {
    links.push_back({.program = i,
                     .name = std::string(1, static_cast<char>('a' + i)),
                     .go_on = default_go_on(kind)});
  }
  return Chain(kind, std::move(links));
}

TEST(Chain, LowerPriorityNumbersRunFirstThenNamesThenTheOrderOfAttachment) {
  const Chain chain(ContextKind::kXdp, {{.program = 0, .name = "b"},
                                        {.program = 1, .name = "z", .priority = 10},
                                        {.program = 2, .name = "a"},
                                        {.program = 3, .name = "b"},
                                        {.program = 4, .name = "a", .priority = 100}});
  EXPECT_THAT(order(chain), ElementsAre(1, 2, 0, 3, 4));
}

TEST(Chain, EndsAtTheFirstResultThatDoesNotGoOn) {
  const Ran ran = run(chain_of(ContextKind::kXdp, 3), {kPass, kDrop, kPass});
  EXPECT_THAT(ran.programs, ElementsAre(0, 1));
  EXPECT_EQ(ran.result.verdict, kDrop);
  EXPECT_EQ(ran.result.last, 1u);
  EXPECT_FALSE(ran.result.went_through);
}

TEST(Chain, TheLastProgramMayEndIt) {
  const Ran ran = run(chain_of(ContextKind::kXdp, 2), {kPass, kTx});
  EXPECT_EQ(ran.result.verdict, kTx);
  EXPECT_EQ(ran.result.last, 1u);
  EXPECT_FALSE(ran.result.went_through);
}

// xdp-dispatcher.c returns XDP_PASS after its last program, whatever that one said.
TEST(Chain, AnXdpChainThatWentThroughPasses) {
  const Chain chain(ContextKind::kXdp, {{.program = 0, .name = "a", .go_on = {kDrop, kPass}}});
  const Ran ran = run(chain, {kDrop});
  EXPECT_EQ(ran.result.verdict, kPass);
  EXPECT_TRUE(ran.result.went_through);
}

TEST(Chain, OtherKindsKeepTheLastResult) {
  const Ran ran = run(chain_of(ContextKind::kSchedCls, 2), {3, kUnspec});
  EXPECT_EQ(ran.result.verdict, kUnspec);
  EXPECT_TRUE(ran.result.went_through);
}

TEST(Chain, AnEmptyChainPasses) {
  EXPECT_EQ(run(Chain(ContextKind::kXdp, {}), {}).result.verdict, kPass);
  EXPECT_EQ(run(Chain(ContextKind::kSchedCls, {}), {}).result.verdict, 0u);
  EXPECT_EQ(run(Chain(ContextKind::kSocketFilter, {}), {}).result.verdict, UINT32_MAX);
  EXPECT_EQ(run(Chain(ContextKind::kCgroupSkb, {}), {}).result.verdict, 1u);
  EXPECT_EQ(run(Chain(ContextKind::kIp, {}), {}).result.verdict, 0u);
}

TEST(Chain, TheEmptyChainOfEveryKindGivesAVerdictThatItGoesOnAfterOrThatPasses) {
  for (uint8_t i = 0; i < kContextCount; ++i) {
    const auto kind = static_cast<ContextKind>(i);
    const uint64_t passing = passing_verdict(kind);
    const bool tc = kind == ContextKind::kSchedCls || kind == ContextKind::kSchedAct;
    EXPECT_EQ(default_go_on(kind).contains(passing), !tc) << context_name(kind);
    EXPECT_FALSE(verdict_drops(kind, passing)) << context_name(kind);
  }
}

TEST(Chain, WhatGoesOnByKind) {
  const VerdictSet tc = default_go_on(ContextKind::kSchedCls);
  EXPECT_TRUE(tc.contains(kUnspec));
  EXPECT_TRUE(tc.contains(UINT64_MAX));  // only the low 32 bits count
  EXPECT_TRUE(tc.contains(3));
  EXPECT_FALSE(tc.contains(0));
  EXPECT_FALSE(tc.contains(2));
  const VerdictSet socket = default_go_on(ContextKind::kSocketFilter);
  EXPECT_FALSE(socket.contains(0));
  EXPECT_FALSE(socket.contains(uint64_t{1} << 32));
  EXPECT_TRUE(socket.contains(1));
  EXPECT_TRUE(socket.contains(1500));
  EXPECT_TRUE(socket.contains(UINT32_MAX));
  const VerdictSet frame = default_go_on(ContextKind::kFrame);
  EXPECT_TRUE(frame.contains(0));
  EXPECT_FALSE(frame.contains(1));
}

TEST(Chain, ActionsOfLibxdp) {
  const VerdictSet set = verdicts_from_actions(1u << kPass | 1u << kDrop | 1u << 31);
  EXPECT_TRUE(set.contains(kPass));
  EXPECT_TRUE(set.contains(kDrop));
  EXPECT_FALSE(set.contains(kTx));
  EXPECT_FALSE(set.contains(31));
  EXPECT_EQ(verdicts_from_actions(1u << kPass), default_go_on(ContextKind::kXdp));
}

TEST(VerdictSet, LargeResultsAreOneButUnspec) {
  const VerdictSet large{62};
  EXPECT_TRUE(large.contains(70000));
  EXPECT_FALSE(large.contains(61));
  EXPECT_FALSE(large.contains(kUnspec));
}

}  // namespace
}  // namespace weir
