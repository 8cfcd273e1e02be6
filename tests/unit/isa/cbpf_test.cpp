// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/cbpf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/isa/cbpf_convert.h"
#include "frontend/isa/disassembler.h"

namespace weir {
namespace {

using testing::HasSubstr;
using namespace cbpf;

const std::vector<ClassicInsn> kIpOnly = {
    {0x28, 0, 0, 12}, {0x15, 0, 1, 0x800}, {0x06, 0, 0, 262144}, {0x06, 0, 0, 0}};
constexpr ClassicTarget kFrame = {.packet = ClassicPacket::kBytes};
constexpr ClassicTarget kSocket = {.packet = ClassicPacket::kLegacy, .skb = true};

std::string error_of(const auto& result) {
  return result ? "no error" : result.error().to_string();
}

TEST(ReadClassic, WhatToolsWrite) {
  for (const char* const text :
       {"4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n",
        "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0",
        "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0,\n",
        "4\r\n40 0 0 12\r\n21 0 1 2048\r\n6 0 0 262144\r\n6 0 0 0\r\n",
        "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n"
        "{ 0x6, 0, 0, 0x00000000 },\n"}) {
    const auto insns = read_classic_text(text);
    ASSERT_TRUE(insns) << insns.error().to_string() << text;
    EXPECT_EQ(*insns, kIpOnly) << text;
    EXPECT_TRUE(looks_like_classic(text));
  }
  EXPECT_EQ(write_classic_text(kIpOnly), "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0");
  const uint8_t bytes[] = {0x28, 0, 0, 0, 12, 0, 0, 0, 0x06, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
  const auto raw = read_classic_bytes(bytes);
  ASSERT_TRUE(raw);
  EXPECT_EQ(*raw, (std::vector<ClassicInsn>{{0x28, 0, 0, 12}, {0x06, 0, 0, 0xffffffff}}));
}

TEST(ReadClassic, Mistakes) {
  EXPECT_THAT(error_of(read_classic_text("tcp port 80")), HasSubstr("here is 'tcp port 80'"));
  EXPECT_THAT(error_of(read_classic_text("")), HasSubstr("here is the end"));
  EXPECT_THAT(error_of(read_classic_text("2\n6 0 0 1\n")), HasSubstr("instruction 1"));
  EXPECT_THAT(error_of(read_classic_text("1\n6 0 0 1\n6 0 0 0\n")),
              HasSubstr("goes on with '6 0 0 0'"));
  EXPECT_THAT(error_of(read_classic_text("1,6 256 0 0")), HasSubstr("jt is a number up to 255"));
  EXPECT_THAT(error_of(read_classic_text("1,65536 0 0 0")),
              HasSubstr("code is a number up to 65535"));
  EXPECT_THAT(error_of(read_classic_text("1,6 0 0 4294967296")), HasSubstr("k is a number"));
  EXPECT_THAT(error_of(read_classic_text("1 6 0 0 0")), HasSubstr("a comma or a new line"));
  EXPECT_THAT(error_of(read_classic_text("4097\n")), HasSubstr("[limit]"));
  EXPECT_THAT(error_of(read_classic_bytes(std::vector<uint8_t>(9))), HasSubstr("[insn-truncated]"));
  EXPECT_THAT(error_of(read_classic_bytes(std::vector<uint8_t>(8 * 4097))), HasSubstr("[limit]"));
  EXPECT_FALSE(looks_like_classic("0"));
  EXPECT_FALSE(looks_like_classic("r0 = 0\nexit\n"));
  EXPECT_FALSE(looks_like_classic("b7000000000000009500000000000000"));
}

TEST(CheckClassic, Rules) {
  const auto why = [](std::vector<ClassicInsn> insns, bool with_end = true) {
    if (with_end) insns.push_back({kRet | kK, 0, 0, 0});
    return error_of(check_classic(insns));
  };
  EXPECT_EQ(why({}), "no error");
  EXPECT_THAT(why({}, false), HasSubstr("no instructions"));
  EXPECT_THAT(why({{kLd | kImm, 0, 0, 1}}, false), HasSubstr("instruction 0: ld #0x1: the last"));
  EXPECT_THAT(why({{kAlu | kDiv, 0, 0, 0}}),
              HasSubstr("instruction 0: div #0x0: a division by zero"));
  EXPECT_THAT(why({{kAlu | kMod, 0, 0, 0}}), HasSubstr("division by zero"));
  EXPECT_EQ(why({{kAlu | kDiv | kX, 0, 0, 0}}), "no error");
  EXPECT_EQ(why({{kAlu | kLsh, 0, 0, 31}}), "no error");
  EXPECT_THAT(why({{kAlu | kRsh, 0, 0, 32}}), HasSubstr("a shift by 32 bits or more"));
  EXPECT_THAT(why({{kSt, 0, 0, 16}}), HasSubstr("M[] has 16 words"));
  EXPECT_THAT(why({{kLd | kMem, 0, 0, 3}}), HasSubstr("instruction 0: ld M[3]: not every way"));
  EXPECT_EQ(why({{kSt, 0, 0, 3}, {kLd | kMem, 0, 0, 3}}), "no error");
  EXPECT_THAT(why({{kJmp | kJeq, 0, 1, 0}, {kSt, 0, 0, 3}, {kLdx | kMem, 0, 0, 3}}),
              HasSubstr("instruction 2: ldx M[3]"));
  EXPECT_THAT(why({{kJmp | kJeq, 0, 1, 0}}), HasSubstr("jumps out of the program, which has 2"));
  EXPECT_THAT(why({{kJmp | kJa, 0, 0, 0xffffffff}}), HasSubstr("[insn-bad-target]"));
  EXPECT_THAT(why({{0x1d0, 0, 0, 0}}), HasSubstr("no code 0x1d0"));
  EXPECT_THAT(why({{kLd | kW | kAbs, 0, 0, kSkfAdOff + 1}}), HasSubstr("SKF_AD_OFF + 1"));
  EXPECT_THAT(why({{kLd | kW | kAbs, 0, 0, kSkfAdOff + 64}}), HasSubstr("SKF_AD_OFF + 64"));
  EXPECT_EQ(why(std::vector<ClassicInsn>(4095, {kMisc | kTax})), "no error");
  EXPECT_THAT(why(std::vector<ClassicInsn>(4096, {kMisc | kTax})), HasSubstr("at most 4096"));
}

std::string converted(std::span<const ClassicInsn> insns, const ClassicTarget& target) {
  const auto program = convert_classic(insns, target, "f");
  if (!program) return program.error().to_string();
  return disassemble(*program, Dialect::kKernel, {});
}

// One comparison for both loads: what is too short for the second one gives 0 anyway.
TEST(ConvertClassic, AsksForTheLengthOnce) {
  const std::vector<ClassicInsn> insns = {{kLd | kH | kAbs, 0, 0, 12}, {kJmp | kJeq, 0, 3, 0x800},
                                          {kLd | kB | kAbs, 0, 0, 23}, {kJmp | kJeq, 0, 1, 6},
                                          {kRet | kK, 0, 0, 65535},    {kRet | kK, 0, 0, 0}};
  const std::string text = converted(insns, kFrame);
  EXPECT_THAT(text, HasSubstr("if r2 < 24 goto"));
  EXPECT_EQ(text.find("if r2"), text.rfind("if r2")) << text;
}

// Nothing that only leads to 0 is left.
TEST(ConvertClassic, NothingForNothing) {
  const std::vector<ClassicInsn> insns = {{kLd | kW | kAbs, 0, 0, 0},
                                          {kJmp | kJeq, 0, 1, 7},
                                          {kRet | kK, 0, 0, 0},
                                          {kRet | kK, 0, 0, 0}};
  const auto program = convert_classic(insns, kFrame, "f");
  ASSERT_TRUE(program);
  EXPECT_EQ(program->insns.size(), 2u);
}

TEST(ConvertClassic, LinesAreTheFilters) {
  const auto program = convert_classic(kIpOnly, kSocket, "ip");
  ASSERT_TRUE(program) << program.error().to_string();
  EXPECT_EQ(program->source_files, std::vector<std::string>{"ip.cbpf"});
  EXPECT_EQ(program->lines[0].text, "ldh [12]");
  EXPECT_EQ(program->lines[1].text, "jeq #0x800 jt 2 jf 3");
  EXPECT_EQ(program->lines[2].line, 3u);
}

TEST(ConvertClassic, WhatAHookCannotGive) {
  const auto with = [](ClassicInsn first) {
    return std::vector<ClassicInsn>{first, {kRet | kA, 0, 0, 0}};
  };
  const auto ancillary = [&](Ancillary what) {
    return with({kLd | kW | kAbs, 0, 0, kSkfAdOff + static_cast<uint32_t>(what)});
  };
  EXPECT_THAT(converted(ancillary(Ancillary::kMark), kFrame), HasSubstr("ld SKF_AD_MARK: "));
  EXPECT_THAT(converted(ancillary(Ancillary::kMark), kFrame), HasSubstr("--at socket_filter"));
  EXPECT_THAT(converted(ancillary(Ancillary::kMark), kSocket), HasSubstr("*(u32 *)(r6 + 8)"));
  for (const Ancillary none :
       {Ancillary::kNlattr, Ancillary::kNlattrNest, Ancillary::kHatype, Ancillary::kPayOffset}) {
    EXPECT_THAT(converted(ancillary(none), kSocket), HasSubstr("no hook of weir has it"));
  }
  for (const ClassicTarget& target : {kFrame, kSocket})
    EXPECT_THAT(converted(ancillary(Ancillary::kAluXorX), target), HasSubstr("w0 ^= w7"));
  const auto network = with({kLd | kB | kAbs, 0, 0, 0xfff00009});  // SKF_NET_OFF + 9
  EXPECT_THAT(converted(network, kFrame), HasSubstr("SKF_NET_OFF"));
  EXPECT_THAT(converted(network, kSocket), HasSubstr("skb[-1048567]"));
}

// Jumps over more than 32767 instructions, and results that are too far away to jump to.
TEST(ConvertClassic, AsLongAsCanBe) {
  for (const ClassicPacket packet :
       {ClassicPacket::kBytes, ClassicPacket::kPointers, ClassicPacket::kLegacy}) {
    std::vector<ClassicInsn> insns(kMaxClassicInsns, {kLd | kW | kInd, 0, 0, 1});
    insns[0] = {kJmp | kJeq, 1, 0, 5};
    insns[1] = {kJmp | kJa, 0, 0, static_cast<uint32_t>(kMaxClassicInsns - 3)};
    insns.back() = {kRet | kA, 0, 0, 0};
    ASSERT_TRUE(check_classic(insns));
    const auto program = convert_classic(
        insns, {.packet = packet, .data = 0, .data_end = 4, .skb = false, .verdicts = {{2, 1}}},
        "f");
    ASSERT_TRUE(program) << program.error().to_string();
    if (packet == ClassicPacket::kLegacy) continue;
    EXPECT_GT(program->insns.size(), 32767u);
    EXPECT_TRUE(std::ranges::any_of(program->insns,
                                    [](const Instruction& i) { return i.op == Op::kGotol; }));
  }
}

}  // namespace
}  // namespace weir
