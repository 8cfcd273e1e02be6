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

TEST(Chain, OtherKindsDoNotGoByName) {
  const Chain chain(ContextKind::kSchedCls, {{.program = 0, .name = "b"},
                                             {.program = 1, .name = "z", .priority = 10},
                                             {.program = 2, .name = "a"}});
  EXPECT_THAT(order(chain), ElementsAre(1, 0, 2));
}

TEST(ChainRules, TheHostThenTheProgramThenWhatIsUsual) {
  const RunConfig config{10, 1u << kDrop};
  const ChainRules usual = chain_rules(ContextKind::kXdp, std::nullopt, std::nullopt, std::nullopt);
  EXPECT_EQ(usual.priority, 50u);
  EXPECT_EQ(usual.go_on, VerdictSet{kPass});
  EXPECT_EQ(usual.priority_from, ChainSource::kDefault);
  const ChainRules own = chain_rules(ContextKind::kXdp, config, std::nullopt, std::nullopt);
  EXPECT_EQ(own.priority, 10u);
  EXPECT_EQ(own.go_on, VerdictSet{kDrop});
  EXPECT_EQ(own.go_on_from, ChainSource::kProgram);
  const ChainRules host = chain_rules(ContextKind::kXdp, config, 7u, VerdictSet{kTx});
  EXPECT_EQ(host.priority, 7u);
  EXPECT_EQ(host.go_on, VerdictSet{kTx});
  EXPECT_EQ(host.priority_from, ChainSource::kHost);
  const ChainRules mixed = chain_rules(ContextKind::kXdp, config, 7u, std::nullopt);
  EXPECT_EQ(mixed.go_on_from, ChainSource::kProgram);
  // A program of another kind may have the name of one that says something.
  const ChainRules tc = chain_rules(ContextKind::kSchedCls, config, std::nullopt, std::nullopt);
  EXPECT_EQ(tc.priority, 50u);
  EXPECT_EQ(tc.go_on, default_go_on(ContextKind::kSchedCls));
}

TEST(VerdictSetText, ThereAndBack) {
  const auto text = [](ContextKind kind, std::string_view of) {
    const auto set = verdict_set_from_text(kind, of);
    return set ? verdict_set_text(kind, *set) : set.error().message();
  };
  EXPECT_EQ(text(ContextKind::kXdp, "XDP_PASS,1"), "XDP_DROP, XDP_PASS");
  EXPECT_EQ(text(ContextKind::kXdp, "none"), "none");
  EXPECT_EQ(text(ContextKind::kXdp, "all"), "all");
  EXPECT_EQ(text(ContextKind::kSchedCls, "TC_ACT_UNSPEC, TC_ACT_PIPE"),
            "TC_ACT_PIPE, TC_ACT_UNSPEC");
  EXPECT_EQ(text(ContextKind::kSchedCls, "-1"), "TC_ACT_UNSPEC");
  EXPECT_EQ(text(ContextKind::kFrame, "0"), "0");
  EXPECT_EQ(text(ContextKind::kXdp, "XDP_PAS"), "'XDP_PAS' is no result at 'xdp'");
  EXPECT_EQ(text(ContextKind::kXdp, "XDP_PASS,"), "'' is no result at 'xdp'");
  EXPECT_EQ(text(ContextKind::kFrame, "XDP_PASS"), "'XDP_PASS' is no result at 'frame'");
  EXPECT_EQ(verdict_set_text(ContextKind::kSocketFilter, default_go_on(ContextKind::kSocketFilter)),
            "all but 0");
  EXPECT_EQ(
      verdict_set_text(ContextKind::kFlowDissector, default_go_on(ContextKind::kFlowDissector)),
      "62 and more");
}

TEST(Chain, WhatDropsDropsAtEveryKindThatCanDrop) {
  for (uint8_t i = 0; i < kContextCount; ++i) {
    const auto kind = static_cast<ContextKind>(i);
    bool can_drop = false;
    for (uint32_t result = 0; result < 256; ++result) can_drop |= verdict_drops(kind, result);
    EXPECT_EQ(verdict_drops(kind, dropping_verdict(kind)), can_drop) << context_name(kind);
  }
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
