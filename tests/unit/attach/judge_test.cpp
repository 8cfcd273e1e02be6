// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the programs of a link say of frames: their sequence over hook kinds, the link's rules, what
// is counted, and what a change leaves as it was.
#include "tools/attach/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "tools/attach/virtio_header.h"

namespace weir::attach {
namespace {

using ::testing::HasSubstr;

constexpr const char* kXdpPass = "r0 = 2\nexit\n";
constexpr const char* kXdpDrop = "r0 = 1\nexit\n";
constexpr const char* kXdpRedirect = "r0 = 4\nexit\n";
// Writes into the frame, and reads far behind it.
constexpr const char* kXdpTrap =
    "r2 = *(u32 *)(r1 + 0)\nr3 = 9\n*(u8 *)(r2 + 20) = r3\nr0 = *(u8 *)(r2 + 30000)\nexit\n";
// Four bytes more in front.
constexpr const char* kXdpGrow = "r2 = -4\ncall 44\nr0 = 2\nexit\n";
constexpr const char* kFramePass = "r0 = 0\nexit\n";
constexpr const char* kTcInThreeSegments =
    "r0 = 2\nr2 = *(u32 *)(r1 + 176)\nif r2 != 1000 goto +3\nr2 = *(u32 *)(r1 + 164)\n"
    "if r2 != 3 goto +1\nr0 = 0\nexit\n";

class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() : host_({.workers = 1}), worker_(std::move(*Worker::open(host_))) {}

  std::shared_ptr<const AttachedProgram> program(const std::string& name, ContextKind at,
                                                 const char* text, uint8_t directions = kBothWays,
                                                 std::optional<uint32_t> priority = {},
                                                 std::optional<VerdictSet> go_on = {}) {
    auto program = std::make_shared<AttachedProgram>();
    program->name = name;
    program->at = at;
    program->directions = directions;
    LoadOptions options;
    options.engine = EngineKind::kInterp;
    options.compile.context = at;
    options.compile.helpers = HelperSet::kKernel;
    options.compile.policy = Policy::kGuard;
    auto executable = load(text, options);
    EXPECT_TRUE(executable) << executable.error().to_string();
    ProgramSet programs;
    if (executable) {
      program->rules = link_rules(at, **executable, priority, go_on);
      programs.add(*executable, MapSet());
    }
    program->instance = Instance::of(std::move(programs), "test.s");
    return program;
  }

  // An IPv4 frame, or ARP.
  Frame frame(uint8_t second_type_byte = 0) {
    bytes_.assign(64, 0);
    bytes_[12] = 8;
    bytes_[13] = second_type_byte;
    bytes_[14] = 0x45;
    bytes_[17] = 50;
    return {.vnet = {}, .bytes = bytes_};
  }
  bool passes(Judge& judge, Direction direction = Direction::kRx) {
    Frame one = frame();
    return judge.passes(one, direction);
  }
  static ProgramCounters counters(const Judge& judge, size_t index = 0,
                                  Direction direction = Direction::kRx) {
    return judge.entries()[index].counters[static_cast<size_t>(direction)];
  }

  Host host_;
  std::unique_ptr<Worker> worker_;
  std::vector<uint8_t> bytes_;

 private:
  static Result<std::shared_ptr<const Executable>> load(const char* text,
                                                        const LoadOptions& options) {
    WEIR_TRY(const AssembledText assembled, assemble(text, "test.s"));
    WEIR_TRY(std::vector<Instruction> insns, decode(assembled.bytes));
    WEIR_TRY(Program program, make_program(std::move(insns), "test"));
    return load_executable(std::move(program), options);
  }
};

TEST_F(JudgeTest, WithoutAProgramTheRulesDecide) {
  Judge judge({}, *worker_);
  EXPECT_FALSE(passes(judge));
  judge.set_rules({.fail_closed = false});
  EXPECT_TRUE(passes(judge));
}

TEST_F(JudgeTest, ProgramsOfDifferentHooksRunInTurnEachInItsDirections) {
  Judge judge({}, *worker_);
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kFrame, kFramePass), false));
  ASSERT_TRUE(judge.attach(program("b", ContextKind::kXdp, kXdpDrop, kTxOnly), false));
  ASSERT_TRUE(judge.attach(program("c", ContextKind::kXdp, kXdpRedirect), false));
  EXPECT_TRUE(passes(judge, Direction::kRx));
  EXPECT_FALSE(passes(judge, Direction::kTx));
  EXPECT_EQ(counters(judge, 0, Direction::kTx).runs, 1u);
  EXPECT_EQ(counters(judge, 1, Direction::kRx).runs, 0u);
  EXPECT_EQ(counters(judge, 1, Direction::kTx).dropped, 1u);
  EXPECT_EQ(counters(judge, 2, Direction::kRx).runs, 1u);
  EXPECT_EQ(counters(judge, 2, Direction::kTx).runs, 0u);
}

TEST_F(JudgeTest, PrioritiesComeFirstThenTheOrderOfAttachment) {
  Judge judge({}, *worker_);
  ASSERT_TRUE(judge.attach(program("late", ContextKind::kFrame, kFramePass, kBothWays, 60), false));
  ASSERT_TRUE(judge.attach(program("b", ContextKind::kFrame, kFramePass), false));
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kXdp, kXdpPass), false));
  ASSERT_TRUE(judge.attach(program("early", ContextKind::kXdp, kXdpPass, kBothWays, 10), false));
  const auto names = [&] {
    std::vector<std::string> out;
    for (const Judge::Entry& entry : judge.entries()) out.push_back(entry.program->name);
    return out;
  };
  EXPECT_THAT(names(), ::testing::ElementsAre("early", "b", "a", "late"));
  // Another program under the name has a priority of its own.
  ASSERT_TRUE(judge.attach(program("late", ContextKind::kFrame, kFramePass, kBothWays, 5), true));
  EXPECT_THAT(names(), ::testing::ElementsAre("late", "early", "b", "a"));
  EXPECT_TRUE(passes(judge));
}

TEST_F(JudgeTest, ResultsToGoOnAfter) {
  const VerdictSet drop_too{1, 2};
  {
    // The next one has its turn after a drop, and has the last word.
    Judge judge({}, *worker_);
    ASSERT_TRUE(
        judge.attach(program("a", ContextKind::kXdp, kXdpDrop, kBothWays, 1, drop_too), false));
    ASSERT_TRUE(judge.attach(program("b", ContextKind::kFrame, kFramePass), false));
    EXPECT_TRUE(passes(judge));
    EXPECT_EQ(counters(judge, 0).dropped, 0u);
    EXPECT_EQ(counters(judge, 1).runs, 1u);
  }
  {
    // A row of XDP programs that all went on passes.
    Judge judge({}, *worker_);
    ASSERT_TRUE(
        judge.attach(program("a", ContextKind::kXdp, kXdpDrop, kBothWays, 1, drop_too), false));
    EXPECT_TRUE(passes(judge));
  }
  {
    // Of other kinds the last result counts.
    Judge judge({}, *worker_);
    ASSERT_TRUE(judge.attach(
        program("a", ContextKind::kFrame, "r0 = 1\nexit\n", kBothWays, 1, VerdictSet{0, 1}),
        false));
    EXPECT_FALSE(passes(judge));
    ASSERT_TRUE(judge.attach(program("b", ContextKind::kXdp, kXdpPass), false));
    EXPECT_TRUE(passes(judge));
  }
  {
    // A result that does not go on is the verdict, also one that passes.
    Judge judge({}, *worker_);
    ASSERT_TRUE(judge.attach(program("a", ContextKind::kXdp, kXdpRedirect), false));
    ASSERT_TRUE(judge.attach(program("b", ContextKind::kXdp, kXdpDrop), false));
    EXPECT_TRUE(passes(judge));
    EXPECT_EQ(counters(judge, 1).runs, 0u);
  }
}

TEST_F(JudgeTest, ATrapLeavesTheFrameAndFollowsTheRules) {
  Judge judge({.fail_closed = true}, *worker_);
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kXdp, kXdpTrap), false));
  EXPECT_FALSE(passes(judge));
  judge.set_rules({.fail_closed = false});
  Frame one = frame();
  EXPECT_TRUE(judge.passes(one, Direction::kRx));
  EXPECT_EQ(one.bytes.data(), bytes_.data());
  EXPECT_EQ(one.bytes[20], 0);
  const ProgramCounters have = counters(judge);
  EXPECT_EQ(have.runs, 2u);
  EXPECT_EQ(have.trapped, 2u);
  EXPECT_EQ(have.dropped, 1u);
  EXPECT_EQ(judge.entries()[0].last_trap.code, TrapCode::kAccess);
}

TEST_F(JudgeTest, WhatIsNothingForTheHookFollowsTheRules) {
  Judge judge({.not_taken = NotTaken::kArpOnly}, *worker_);
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kIp, kFramePass), false));
  Frame arp = frame(6);
  EXPECT_TRUE(judge.passes(arp, Direction::kRx));
  Frame other = frame(7);
  EXPECT_FALSE(judge.passes(other, Direction::kRx));
  judge.set_rules({.not_taken = NotTaken::kPass});
  EXPECT_TRUE(judge.passes(other, Direction::kRx));
  const ProgramCounters have = counters(judge);
  EXPECT_EQ(have.runs, 0u);
  EXPECT_EQ(have.not_taken, 3u);
  EXPECT_EQ(have.dropped, 1u);
}

TEST_F(JudgeTest, AReplacedProgramLeavesPlaceAndCounts) {
  Judge judge({}, *worker_);
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kXdp, kXdpTrap), false));
  ASSERT_TRUE(judge.attach(program("b", ContextKind::kFrame, kFramePass), false));
  EXPECT_FALSE(passes(judge));
  // At the same hook, and at another one.
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kXdp, kXdpPass), true));
  EXPECT_TRUE(passes(judge));
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kFrame, kFramePass), true));
  EXPECT_TRUE(passes(judge));
  const auto entries = judge.entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].program->name, "a");
  EXPECT_EQ(entries[0].generation, 3u);
  EXPECT_EQ(entries[0].counters[0].runs, 3u);
  EXPECT_EQ(entries[0].counters[0].trapped, 1u);
  EXPECT_FALSE(entries[0].last_trap);  // the new program has not trapped
}

TEST_F(JudgeTest, WhatIsReplacedOrDetachedIsFreed) {
  Judge judge({}, *worker_);
  auto first = program("a", ContextKind::kXdp, kXdpPass);
  const std::weak_ptr<const Instance> watched = first->instance;
  ASSERT_TRUE(judge.attach(std::move(first), false));
  auto second = program("a", ContextKind::kXdp, kXdpPass);
  const std::weak_ptr<const Instance> watched_second = second->instance;
  ASSERT_TRUE(judge.attach(std::move(second), true));
  EXPECT_TRUE(watched.expired());
  ASSERT_TRUE(judge.detach("a"));
  EXPECT_TRUE(watched_second.expired());
}

TEST_F(JudgeTest, BadChangesChangeNothing) {
  Judge judge({}, *worker_);
  EXPECT_FALSE(judge.attach(program("a", ContextKind::kXdp, kXdpDrop), true));
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kXdp, kXdpPass), false));
  EXPECT_FALSE(judge.attach(program("a", ContextKind::kXdp, kXdpDrop), false));
  EXPECT_FALSE(judge.detach("b"));
  auto wrong = std::make_shared<AttachedProgram>(*program("a", ContextKind::kXdp, kXdpDrop));
  wrong->at = ContextKind::kFrame;
  const Status refused = judge.attach(wrong, true);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("a program for xdp cannot run at frame"));
  EXPECT_TRUE(passes(judge));
  EXPECT_EQ(judge.entries()[0].generation, 1u);
}

TEST_F(JudgeTest, AFrameThatGrewGoesOnAndSoDoesTheNextProgram) {
  Judge judge({}, *worker_);
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kXdp, kXdpGrow), false));
  ASSERT_TRUE(judge.attach(program("b", ContextKind::kXdp, kXdpGrow), false));
  Frame one = frame();
  ASSERT_TRUE(judge.passes(one, Direction::kRx));
  EXPECT_EQ(one.bytes.size(), 72u);
  EXPECT_EQ(one.bytes[8 + 14], 0x45);
  EXPECT_EQ(counters(judge, 1).runs, 1u);
}

TEST_F(JudgeTest, ProgramsSeeWhatTheVirtioHeaderSaysOfSegments) {
  Judge judge({}, *worker_);
  ASSERT_TRUE(judge.attach(program("a", ContextKind::kSchedCls, kTcInThreeSegments), false));
  EXPECT_FALSE(passes(judge));
  std::vector<uint8_t> vnet(12);
  Frame one = frame();
  bytes_.resize(14 + 20 + 20 + 2500);
  one.bytes = bytes_;
  one.vnet = vnet;
  // TCPv4, in segments of 1000 bytes behind 54 bytes of headers.
  write_header(one.vnet, {.gso_type = 1, .header_bytes = 54, .gso_size = 1000});
  ASSERT_EQ(segments(read_header(one.vnet), bytes_.size()), 3u);
  EXPECT_TRUE(judge.passes(one, Direction::kRx));
}

}  // namespace
}  // namespace weir::attach
