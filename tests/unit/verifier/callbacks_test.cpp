// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What calls that call back become; what the code then does is tested on every engine, in
// tests/filetests/helper/loop.s and for_each.s.
#include "frontend/verifier/callbacks.h"

#include <gtest/gtest.h>

#include "tests/unit/verifier/analyse.h"

namespace weir {
namespace {

Program program_of(std::string_view text, std::vector<MapDef> maps = {}) {
  auto assembled = assemble(text, "test.s");
  EXPECT_TRUE(assembled) << assembled.error().to_string();
  auto insns = decode(assembled->bytes);
  EXPECT_TRUE(insns);
  auto program = make_program(std::move(*insns), "test", std::move(maps));
  EXPECT_TRUE(program) << program.error().to_string();
  return std::move(*program);
}

constexpr std::string_view kLoop =
    "r1 = 4\nr2 = func(f) ll\nr3 = 0\nr4 = 0\ncall 181\nexit\nf:\nr0 = 0\nexit\n";

TEST(Callbacks, FunctionsAreMadeBehindTheProgramsOwn) {
  const Program source = program_of(kLoop);
  const auto expanded = expand_callbacks(source, HelperSet::kKernel);
  ASSERT_TRUE(expanded);
  const Program& program = expanded->program;
  EXPECT_TRUE(check_structure(program));
  ASSERT_EQ(expanded->sites.size(), 1u);
  EXPECT_EQ(expanded->sites[0].insn, 4u);
  EXPECT_EQ(expanded->sites[0].made, 2u);
  EXPECT_EQ(program.insns[4].op, Op::kCallLocal);
  EXPECT_EQ(program.insns[4].target, 2u);
  for (uint32_t i = 0; i < source.insns.size(); ++i) {
    if (i != 4) {
      EXPECT_EQ(program.insns[i], source.insns[i]);
    }
  }
  EXPECT_EQ(expanded->site_of(0), nullptr);
  EXPECT_EQ(expanded->site_of(1), nullptr);
  EXPECT_EQ(expanded->site_of(2), &expanded->sites[0]);
  const auto last = static_cast<uint32_t>(program.insns.size() - 1);
  EXPECT_EQ(source_instruction(source, HelperSet::kKernel, last), 4u);
  EXPECT_EQ(source_instruction(source, HelperSet::kKernel, 3), 3u);
  EXPECT_EQ(source_instruction(source, HelperSet::kKernel, last + 1), last + 1);
}

TEST(Callbacks, OnlyWhereTheHelpersAreLinuxs) {
  EXPECT_FALSE(expand_callbacks(program_of(kLoop), HelperSet::kNone));
  EXPECT_FALSE(expand_callbacks(program_of(kLoop), HelperSet::kConformance));
  EXPECT_FALSE(expand_callbacks(program_of("r0 = 0\nexit\n"), HelperSet::kKernel));
}

TEST(Callbacks, WhatIsNotKnownStaysACall) {
  // Through memory, arithmetic, or from one path only.
  for (const std::string_view set :
       {"r2 = func(f) ll\n*(u64 *)(r10 - 8) = r2\nr2 = *(u64 *)(r10 - 8)\n",
        "r2 = func(f) ll\nr2 += 0\n", "r2 = func(f) ll\nif r3 == 0 goto a\nr2 = 0\na:\n",
        "r2 = func(f) ll\ncall 7\n"}) {
    const std::string text =
        "r3 = *(u32 *)(r1 + 0)\n" + std::string(set) + "r1 = 4\ncall 181\nexit\nf:\nr0 = 0\nexit\n";
    const auto expanded = expand_callbacks(program_of(text), HelperSet::kKernel);
    ASSERT_TRUE(expanded);
    EXPECT_TRUE(expanded->sites.empty()) << text;
  }
  // Copies and several functions are followed.
  const auto copied = expand_callbacks(
      program_of("r6 = func(f) ll\nif r1 == 0 goto a\nr6 = func(g) ll\na:\nr2 = r6\ncall 181\n"
                 "exit\nf:\nr0 = 0\nexit\ng:\nr0 = 1\nexit\n"),
      HelperSet::kKernel);
  ASSERT_TRUE(copied);
  ASSERT_EQ(copied->sites.size(), 1u);
  EXPECT_TRUE(check_structure(copied->program));
  uint32_t calls = 0;
  const Subprogram& made = copied->program.subprograms.back();
  for (uint32_t i = made.first; i < made.first + made.count; ++i)
    calls += copied->program.insns[i].op == Op::kCallLocal;
  EXPECT_EQ(calls, 2u);
}

// Keys that no frame has room for are refused, not cut.
TEST(Callbacks, KeysMustFitAFrame) {
  MapDef map;
  map.name = "m";
  map.type = 1;  // BPF_MAP_TYPE_HASH
  map.value_size = 8;
  map.max_entries = 4;
  const std::string_view text =
      "r1 = map_fd(0) ll\nr2 = func(f) ll\nr3 = 0\nr4 = 0\ncall 164\nexit\nf:\nr0 = 0\nexit\n";
  map.key_size = 496;
  EXPECT_TRUE(testing::analyse_at(ContextKind::kXdp, text, Policy::kStrict, {map}));
  map.key_size = 497;
  auto longer = testing::analyse_at(ContextKind::kXdp, text, Policy::kGuard, {map});
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().to_string().find("keys of at most 496 bytes"), std::string::npos);
}

// Rounds of a number that is known cost nothing; of others each costs two.
TEST(Callbacks, Rounds) {
  const auto loops = [](std::string_view rounds) {
    const std::string text =
        std::string(rounds) + "r2 = func(f) ll\nr3 = 0\nr4 = 0\ncall 181\nexit\nf:\nr0 = 0\nexit\n";
    auto verified = testing::analyse_at(ContextKind::kXdp, text, Policy::kStrict);
    EXPECT_TRUE(verified) << verified.error().to_string();
    std::string out;
    for (const LoopFact& loop : verified->facts().loops)
      out += verified->facts().insns[loop.insn].no_budget ? '-' : '!';
    return out;
  };
  EXPECT_EQ(loops("r1 = 100\n"), "---");
  EXPECT_EQ(loops("r1 = *(u32 *)(r1 + 16)\nr1 &= 4095\n"), "---");
  EXPECT_EQ(loops("r1 = *(u32 *)(r1 + 16)\n").substr(0, 1), "-");
  EXPECT_NE(loops("r1 = *(u32 *)(r1 + 16)\n").find('!'), std::string::npos);
}

}  // namespace
}  // namespace weir
