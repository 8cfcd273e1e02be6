// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/machine_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/abi/cpu.h"

namespace weir {
namespace {

// Any model will do, but the same one on every machine.
constexpr const char* kModel = "skylake";

class MachineCodeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (host_arch() != Arch::kX86_64) GTEST_SKIP() << "the machine code is x86-64's";
  }
};

// push rbx; sub rsp, 32; mov rax, [rdi]; test rax, rax; je +5; mov [rsi], rax; nop; nop;
// call 0; add rsp, 32; pop rbx; ret
const std::vector<uint8_t> kCode = {0x53, 0x48, 0x83, 0xec, 0x20, 0x48, 0x8b, 0x07, 0x48, 0x85,
                                    0xc0, 0x74, 0x05, 0x48, 0x89, 0x06, 0x90, 0x90, 0xe8, 0x00,
                                    0x00, 0x00, 0x00, 0x48, 0x83, 0xc4, 0x20, 0x5b, 0xc3};

TEST_F(MachineCodeTest, CountsWhatIsThere) {
  const auto code = analyze_machine_code(kCode, kModel);
  ASSERT_TRUE(code) << code.error().to_string();
  EXPECT_EQ(code->model, kModel);
  ASSERT_EQ(code->insns.size(), 12u);
  EXPECT_EQ(code->stack, 8u + 32);
  const auto of = [&](auto member) {
    std::vector<size_t> out;
    for (size_t i = 0; i < code->insns.size(); ++i) {
      if (code->insns[i].*member) out.push_back(i);
    }
    return out;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(of(&MachineInsn::load), ElementsAre(2));
  EXPECT_THAT(of(&MachineInsn::store), ElementsAre(5));
  EXPECT_THAT(of(&MachineInsn::branch), ElementsAre(4));
  EXPECT_THAT(of(&MachineInsn::call), ElementsAre(8));
  EXPECT_THAT(of(&MachineInsn::unknown), ElementsAre());
  EXPECT_EQ(code->insns[2].text, "mov rax, qword ptr [rdi]");
  // To the jump, what it may skip, and where it goes to.
  ASSERT_EQ(code->blocks.size(), 3u);
  EXPECT_EQ(code->blocks[1].first, 5u);
  EXPECT_EQ(code->blocks[2].first, 8u);
  double cycles = 0;
  for (uint32_t i = 0; i < code->blocks[0].count; ++i) cycles += code->insns[i].cycles;
  EXPECT_NEAR(cycles, code->blocks[0].cycles, 1e-9);
  EXPECT_GT(code->blocks[0].cycles, 0);
}

TEST_F(MachineCodeTest, BytesThatAreNoCodeAreShownAsSuch) {
  const std::vector<uint8_t> bytes = {0x90, 0x06, 0x90};  // push es: not in 64-bit mode
  const auto code = analyze_machine_code(bytes, kModel);
  ASSERT_TRUE(code) << code.error().to_string();
  ASSERT_EQ(code->insns.size(), 3u);
  EXPECT_TRUE(code->insns[1].unknown);
  EXPECT_EQ(code->insns[1].text, "(byte 0x06)");
  EXPECT_TRUE(estimate_cycles(bytes, *code, std::vector<uint32_t>{0, 1, 2}));
}

TEST_F(MachineCodeTest, NoCodeIsNothing) {
  const auto code = analyze_machine_code({}, kModel);
  ASSERT_TRUE(code) << code.error().to_string();
  EXPECT_TRUE(code->insns.empty());
  const auto estimate = estimate_cycles({}, *code, {});
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->cycles, 0);
}

TEST_F(MachineCodeTest, AChainOfMultiplicationsTakesItsLatency) {
  // imul rax, rax: 3 cycles on this CPU, each after the one before.
  const std::vector<uint8_t> bytes = {0x48, 0x0f, 0xaf, 0xc0};
  const auto code = analyze_machine_code(bytes, kModel);
  ASSERT_TRUE(code);
  const std::vector<uint32_t> trace(1000, 0);
  const auto estimate = estimate_cycles(bytes, *code, trace);
  ASSERT_TRUE(estimate);
  EXPECT_NEAR(estimate->cycles, 3000, 30);
  EXPECT_EQ(estimate->uops, 1000);
  double busy = 0;
  for (const auto& [port, cycles] : estimate->ports) busy += cycles;
  EXPECT_NEAR(busy, 1000, 1);
}

TEST_F(MachineCodeTest, ACpuWithoutTimingIsAnError) {
  const auto code = analyze_machine_code(kCode, "i386");
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code(), ErrorCode::kCompilerTarget);
  EXPECT_THAT(code.error().message(), ::testing::HasSubstr("i386"));
}

}  // namespace
}  // namespace weir
